import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lnE } from '../../../src/release/evidence/e-process.ts';

const count = fc.oneof(fc.nat(20), fc.nat(600), fc.nat(1_000_000));

describe('The evidence of pairs in which one color failed alone', () => {
  test.each([
    [0, 0, 0],
    [5, 0, 2.749944],
    [7, 0, 3.980512],
    [8, 1, 2.406333],
    [20, 10, 0.423124],
    [3, 9, -2.463581],
    [3, 30, -3.789499],
    [5, 900, -7.249534],
    [400, 10, 234.632384],
    // Computed with 40 digits.
    [255, 260, -3.5156802249],
    [1000, 1000, -4.0263675824],
    [1100, 900, 6.6835086409],
    [1_000_000, 0, 693140.3935867789],
  ])('is exact for %i of the live color and %i of the way back', (s, f, golden) => {
    expect(Math.abs(lnE(s, f) - golden)).toBeLessThan(1e-6);
  });

  test('rises with each failure of the live color, and falls with each of the way back', () => {
    fc.assert(
      fc.property(count, count, (s, f) => {
        expect(lnE(s + 1, f)).toBeGreaterThan(lnE(s, f));
        expect(lnE(s, f + 1)).toBeLessThan(lnE(s, f));
      }),
    );
  });

  test('is on average what it was, after one more failure of colors that are equal', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.nat(2_000), (s, f) => {
        const factor = (next: number): number => Math.exp(next - lnE(s, f));
        expect((factor(lnE(s + 1, f)) + factor(lnE(s, f + 1))) / 2).toBeCloseTo(1, 9);
      }),
    );
  });

  test('is finite for a million failures, however they fall', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (s) => {
        expect(Number.isFinite(lnE(s, 1_000_000 - s))).toBe(true);
      }),
    );
  });
});
