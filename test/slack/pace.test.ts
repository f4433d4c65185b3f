import { expect, test } from 'vitest';
import { makePace } from '../../src/slack/pace.ts';

test('the adoptions of one channel are posted a second after the last, those of many channels one after the other', () => {
  let at = 0;
  const pace = makePace(() => at);
  expect(pace.adoptionsWaitMs('C1', 1)).toBe(1_000);
  expect(pace.adoptionsWaitMs('C2', 1)).toBe(1_025);
  expect(pace.adoptionsWaitMs('C3', 1)).toBe(1_050);
  at += 500;
  expect(pace.adoptionsWaitMs('C1', 2)).toBe(1_000);
  expect(pace.adoptionsWaitMs('C2', 1)).toBe(525);
  at += 7_600;
  expect(pace.adoptionsWaitMs('C1', 3)).toBeLessThanOrEqual(0);
});

test('messages to one person have a pace of their own', () => {
  const pace = makePace(() => 0);
  while (pace.posts('C1').waitMs() === 0) pace.posts('C1').spend();
  expect(pace.whispers.waitMs()).toBe(0);
});
