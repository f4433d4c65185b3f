import { describe, expect, test } from 'vitest';
import { makeBucket } from '../../src/net/bucket.ts';

describe('an allowance', () => {
  test('is spent at once up to its burst, and then refills with time', () => {
    let now = 0;
    const bucket = makeBucket(() => now, 1, 3);
    for (let i = 0; i < 3; i += 1) {
      expect(bucket.waitMs()).toBe(0);
      bucket.spend();
    }
    expect(bucket.waitMs()).toBe(1_000);
    now = 400;
    expect(bucket.waitMs()).toBe(600);
    now = 60_000;
    for (let i = 0; i < 3; i += 1) bucket.spend();
    expect(bucket.waitMs()).toBe(1_000);
  });

  test('keeps what is left to others', () => {
    let now = 0;
    const bucket = makeBucket(() => now, 1, 3);
    bucket.spend();
    bucket.spend();
    expect([bucket.waitMs(1), bucket.waitMs()]).toEqual([1_000, 0]);
    bucket.spend();
    expect([bucket.waitMs(1), bucket.waitMs()]).toEqual([2_000, 1_000]);
    now = 2_000;
    expect(bucket.waitMs(1)).toBe(0);
  });

  test('holds what Slack asked to hold', () => {
    let now = 0;
    const bucket = makeBucket(() => now, 1, 3);
    bucket.hold(5_000);
    bucket.hold(2_000);
    now = 1_000;
    expect(bucket.waitMs()).toBe(4_000);
  });
});
