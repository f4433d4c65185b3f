/** Which titles are one: senders write values into them that are others each time. Pure. */

/** A number that is measured: with a unit, and no part of a name. */
const measured =
  /(?<![\p{L}\p{N}._-])\d[\d.,]*\s?(?=[%‰]|(?:ms|s|min|h|[kKMGT]i?B|B|°C|percent)(?![\p{L}\p{N}]))/gu;
const number = /\d[\d.,]*/g;

/** A title without the values in it: `CPU 93 %` and `CPU 94 %` tell the same. `Shard 3` and `Shard 4` do not. */
export function withoutValues(title: string): string {
  return title.replaceAll(measured, '# ');
}

/** True for two titles of one alert that differ in numbers alone. */
export function sameButNumbers(one: string, two: string): boolean {
  return one.replaceAll(number, '#') === two.replaceAll(number, '#');
}
