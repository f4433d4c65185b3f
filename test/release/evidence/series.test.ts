import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptySeries, withPairInSeries } from '../../../src/release/evidence/series.ts';
import type { Series } from '../../../src/release/evidence/series.ts';

const pair = { at: 0, liveOk: true, backOk: true, liveMs: 1, backMs: 1 };

test('counts pairs and failures of each color in points of two seconds, with a gap where nobody asked', () => {
  let series = emptySeries();
  for (const [ms, change] of [
    [0, {}],
    [1_999, { liveOk: false }],
    [6_000, { liveOk: false, backOk: false }],
  ] as const)
    series = withPairInSeries(series, ms, { ...pair, ...change });
  expect(series).toEqual({
    eachMs: 2_000,
    points: [
      [2, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 1],
    ],
  });
});

test('has at most 20 points however long it counts, and loses no pair', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ gapMs: fc.nat(600_000), liveOk: fc.boolean(), backOk: fc.boolean() }), {
        maxLength: 80,
      }),
      (pairs) => {
        let at = 0;
        let series: Series = emptySeries();
        for (const { gapMs, ...answers } of pairs) {
          at += gapMs;
          series = withPairInSeries(series, at, { ...pair, ...answers });
        }
        const sum = (index: 0 | 1 | 2): number => series.points.reduce((all, point) => all + point[index], 0);
        expect(series.points.length).toBeLessThanOrEqual(20);
        expect(series.eachMs * 20).toBeGreaterThan(at);
        expect(sum(0)).toBe(pairs.length);
        expect(sum(1)).toBe(pairs.filter(({ liveOk }) => !liveOk).length);
        expect(sum(2)).toBe(pairs.filter(({ backOk }) => !backOk).length);
      },
    ),
  );
});
