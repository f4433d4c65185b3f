/** Compares titles: senders write changing values into them. Pure. */

/** A measured number: with a unit, and not part of a name. */
const measured =
  /(?<![\p{L}\p{N}._-])\d[\d.,]*\s?(?=[%‰]|(?:ms|s|min|h|[kKMGT]i?B|B|°C|percent)(?![\p{L}\p{N}]))/gu;
const number = /\d[\d.,]*/g;

/** Returns a title without its values: `CPU 93 %` and `CPU 94 %` become equal. `Shard 3` and `Shard 4` do not. */
export function withoutValues(title: string): string {
  return title.replaceAll(measured, '# ');
}

/** Returns true for two titles of one alert that differ only in numbers. */
export function sameButNumbers(one: string, two: string): boolean {
  return one.replaceAll(number, '#') === two.replaceAll(number, '#');
}
