import { describe, expect, test } from 'vitest';
import { seeded } from '../../support/pairs.ts';
import { equals, lookAt, outages } from './null-runs.ts';

const runs = 10_000;
/** Of `runs`: 1 %, and three standard deviations of a chance of just so much. */
const most = 100 + 30;

function wrongOf(colors: (typeof equals)[number]['colors'], looks: number) {
  let [now, steadyHelps, steadyHurts] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const wrong = lookAt(colors(seeded(run * 7919)), looks);
    if (wrong.now) now += 1;
    if (wrong.steadyHelps) steadyHelps += 1;
    if (wrong.steadyHurts) steadyHurts += 1;
  }
  return { now, steadyHelps, steadyHurts };
}

describe('Two equally good colors, in 10,000 runs', { timeout: 3_600_000 }, () => {
  test.each(equals)('raise an alarm in at most 1 %: $name', ({ colors }) => {
    const { now, steadyHelps, steadyHurts } = wrongOf(colors, 1_000);
    expect(now).toBeLessThanOrEqual(most);
    expect(steadyHelps).toBeLessThanOrEqual(most);
    expect(steadyHurts).toBeLessThanOrEqual(most);
  });

  test.each(outages)('raise a steady alarm in at most 1 %, with outages of $name', ({ colors }) => {
    const { steadyHelps, steadyHurts } = wrongOf(colors, 1_000);
    expect(steadyHelps).toBeLessThanOrEqual(most);
    expect(steadyHurts).toBeLessThanOrEqual(most);
  });
});
