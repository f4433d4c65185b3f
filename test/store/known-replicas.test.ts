import { expect, test } from 'vitest';
import { KnownReplicas } from '../../src/redis/known-replicas.ts';

test('the most replicas of the last 15 seconds count', () => {
  const known = new KnownReplicas();
  expect(known.most(0)).toBeUndefined();
  known.add(undefined, 0);
  expect(known.most(0)).toBeUndefined();
  known.add(2, 0);
  known.add(2, 10_000);
  known.add(1, 11_000);
  known.add(0, 12_000);
  expect(known.most(12_000)).toBe(2);
  expect(known.most(25_000)).toBe(2);
  expect(known.most(25_001)).toBe(1);
  expect(known.most(26_001)).toBe(0);
  expect(known.most(99_000)).toBe(0);
  known.add(1, 99_000);
  expect(known.most(99_000)).toBe(1);
});
