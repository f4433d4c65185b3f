import { describe, expect, test } from 'vitest';
import { seeded } from '../../support/pairs.ts';
import { equals, lookAt, outages } from './null-runs.ts';

const runs = 30;
const looks = 1_000;

describe('Two equally good colors', () => {
  test.each(equals)('raise hardly an alarm: $name', ({ colors }) => {
    const wrong = Array.from({ length: runs }, (_, seed) => lookAt(colors(seeded(seed)), looks));
    // With a chance of 1 %, two or more of 30 come in 4 % of all seeds.
    expect(wrong.filter(({ now }) => now).length).toBeLessThanOrEqual(1);
    expect(wrong.filter(({ steadyHelps }) => steadyHelps).length).toBeLessThanOrEqual(1);
    expect(wrong.filter(({ steadyHurts }) => steadyHurts).length).toBeLessThanOrEqual(1);
  });

  test.each(outages)('raise hardly a steady alarm, with outages of $name', ({ colors }) => {
    const wrong = Array.from({ length: runs }, (_, seed) => lookAt(colors(seeded(seed)), looks));
    expect(wrong.some(({ now }) => now)).toBe(true);
    expect(wrong.filter(({ steadyHelps }) => steadyHelps).length).toBeLessThanOrEqual(1);
    expect(wrong.filter(({ steadyHurts }) => steadyHurts).length).toBeLessThanOrEqual(1);
  });
});
