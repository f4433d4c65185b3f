import { describe, expect, test } from 'vitest';
import { seenPoints } from '../../../src/release/evidence/power.ts';
import { cells, seenAround } from './simulated-power.ts';

describe('What a number of pairs would have shown in nine cases of ten', () => {
  const some = cells.filter(([pairs, noise]) => [12, 30, 120].includes(pairs) && noise !== 0.01);

  test.each(some)('%i pairs with a noise of %f: what the table says, within a tenth', (...cell) => {
    const { more, less } = seenAround(cell, 100);
    // Three standard deviations of 100 runs.
    expect(more).toBeGreaterThan(0.81);
    expect(less).toBeLessThan(0.99);
  });

  test('is less for more pairs, and more with noise', () => {
    for (let pairs = 12; pairs < 700; pairs++) {
      expect(seenPoints(pairs + 1, 0)).toBeLessThanOrEqual(seenPoints(pairs, 0) ?? 0);
    }
    const points = [11, 12, 115, 120, 1_200].map((pairs) => seenPoints(pairs, 0));
    expect(points).toEqual([undefined, 100, 15, 14, 3]);
    const noisy = [0, 0.005, 0.02, 0.2, 0.5].map((noise) => seenPoints(120, noise));
    expect(noisy).toEqual([14, 16, 20, 38, undefined]);
  });
});
