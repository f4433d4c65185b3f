/** The rows and columns of the table: pairs, and the share of them in which one color failed alone by chance. */
export const powerPairs = [12, 15, 20, 30, 60, 120, 240, 600] as const;
export const powerNoise = [0, 0.01, 0.03, 0.1, 0.3] as const;

/**
 * How many more failures of one color the detector sees in nine cases of ten. A row for each number of pairs, a column
 * for each noise. Simulated; `test/release/evidence/power.test.ts` computes it again.
 */
export const powerTable: readonly (readonly (number | undefined)[])[] = [
  [12, 12, undefined, undefined, undefined],
  [13.2, 13.5, undefined, undefined, undefined],
  [14.2, 14.8, 16.3, undefined, undefined],
  [15.1, 16, 17.7, 21.5, undefined],
  [15.9, 17.5, 20.3, 26, 35.3],
  [16.2, 19.2, 23.3, 31.7, 45.6],
  [16.5, 21.6, 27.3, 39.4, 59.4],
  [16.7, 26.4, 36.7, 55.4, 86.2],
];

/**
 * The smallest difference in failures, in whole percentage points, that `pairs` pairs would have shown in nine cases of
 * ten while one color failed alone in `noise` of them (a share). Undefined: they would show none.
 */
export function seenPoints(pairs: number, noise: number): number | undefined {
  const row = powerPairs.findLastIndex((least) => least <= pairs);
  const column = powerNoise.findIndex((most) => noise <= most);
  const [from, to] = [powerTable[row]?.[column], powerTable[row + 1]?.[column]];
  const [least, next] = [powerPairs[row], powerPairs[row + 1]];
  if (from === undefined || least === undefined) return undefined;
  if (to === undefined || next === undefined) return Math.ceil((100 * from) / least);
  const more = from + ((to - from) * (pairs - least)) / (next - least);
  return Math.ceil((100 * more) / pairs);
}
