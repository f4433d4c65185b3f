import { powerNoise, powerPairs, powerTable } from '../../../src/release/evidence/power.ts';
import { type Colors, Watch, seeded } from '../../support/pairs.ts';

/** How often `pairs` pairs within a minute show that the live color fails `more` times more, of `runs` minutes. */
function seen(pairs: number, noise: number, more: number, runs: number): number {
  const random = seeded(11);
  const colors: Colors = () => {
    const value = random();
    if (value < noise / 2 + more / pairs) return { liveOk: false };
    return { backOk: value >= noise + more / pairs };
  };
  let count = 0;
  for (let run = 0; run < runs; run++) {
    const watch = new Watch({ everyMs: 60_000 / pairs });
    if (watch.until(colors, ({ now }) => now === 'helps', 60_000) !== undefined) count += 1;
  }
  return count / runs;
}

/** The cells of the table of power: pairs, noise, how many more failures are seen in nine cases of ten. */
export const cells = powerPairs.flatMap((pairs, row) =>
  powerNoise.map((noise, column) => [pairs, noise, powerTable[row]?.[column]] as const),
);

/**
 * How often a tenth more than the cell says is seen, and a tenth less. A cell without a number says that not even all
 * pairs are enough.
 */
export function seenAround([pairs, noise, more]: (typeof cells)[number], runs: number) {
  const all = pairs * (1 - noise);
  return {
    more: more === undefined ? 1 : seen(pairs, noise, Math.min(all, more * 1.1), runs),
    less: more === undefined ? seen(pairs, noise, all, runs) : seen(pairs, noise, more * 0.9, runs),
  };
}
