const units: readonly [RegExp, number][] = [
  [/^d(?:ays?)?$/i, 86_400],
  [/^h(?:(?:ou)?rs?)?$/i, 3_600],
  [/^m(?:in(?:ute)?s?)?$/i, 60],
  [/^s(?:ec(?:ond)?s?)?$/i, 1],
];
const amount = String.raw`\d{1,5}(?:\.\d{1,2})?`;
const unit = '(?:days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|[dhms])';
const end = String.raw`(?=$|[\s.,;!?])`;
/** `1h30m`, `90min`. */
const glued = new RegExp(`^(?:${amount}${unit})+${end}`, 'i');
/** `2 hours`, `1 hour and 30 minutes`. */
const spaced = new RegExp(String.raw`^${amount}\s+${unit}(?:\s+(?:and\s+)?${amount}\s+${unit})*${end}`, 'i');

/** The duration with which a text begins, as people write one: its seconds, and its length in characters. */
export function spokenDuration(text: string): { seconds: number; length: number } | undefined {
  const [found] = glued.exec(text) ?? spaced.exec(text) ?? [];
  if (found === undefined) return undefined;
  const seconds = [...found.matchAll(new RegExp(String.raw`(${amount})\s*([a-z]+)`, 'gi'))].reduce(
    (sum, [, much, of = '']) => sum + Number(much) * (units.find(([name]) => name.test(of))?.[1] ?? 0),
    0,
  );
  return { seconds: Math.round(seconds), length: found.length };
}
