import { expect, test } from 'vitest';
import { makePauses } from '../../src/slack/pauses.ts';
import { settle, virtualClock } from '../support/virtual-clock.ts';

test('a nap ends early when there is something new, and then not again for a while', async () => {
  const clock = virtualClock();
  const naps = makePauses(clock);
  const { signal } = new AbortController();
  let ended = 0;
  const nap = (): void => void naps.nap('C1', 1_000, signal).then(() => (ended += 1));
  nap();
  naps.wake();
  await settle();
  expect(ended).toBe(1);
  nap();
  await clock.advance(100);
  naps.wake();
  await settle();
  expect(ended).toBe(1);
  await clock.advance(150);
  naps.wake();
  await settle();
  expect(ended).toBe(2);
});

test('news of one wakes nobody else', async () => {
  const clock = virtualClock();
  const naps = makePauses(clock);
  const { signal } = new AbortController();
  const ended: string[] = [];
  for (const of of ['C1', 'C2']) void naps.nap(of, 1_000, signal).then(() => ended.push(of));
  naps.wake('C3');
  naps.wake('C2');
  await settle();
  expect(ended).toEqual(['C2']);
});

test('a nap ends by itself, and together with its parent', async () => {
  const clock = virtualClock();
  const naps = makePauses(clock);
  const over = new AbortController();
  let ended = 0;
  const nap = (of: string): void => void naps.nap(of, 1_000, over.signal).then(() => (ended += 1));
  nap('C1');
  await clock.advance(1_000);
  expect(ended).toBe(1);
  nap('C1');
  nap('C2');
  over.abort();
  await settle();
  expect(ended).toBe(3);
});
