import { expect, test } from 'vitest';
import { batchQuestions } from '../../src/redis/batch-questions.ts';
import { virtualClock } from '../support/virtual-clock.ts';

function asked() {
  const clock = virtualClock();
  const open: ((yes: boolean) => void)[] = [];
  const ended = new AbortController();
  const together = batchQuestions(() => new Promise((resolve) => open.push(resolve)), clock, ended.signal);
  return { ...together, clock, open, ended };
}

test('callers during a question share the next one', async () => {
  const { ask, clock, open } = asked();
  const [first, second, third] = [ask(), ask(), ask()];
  expect(open).toHaveLength(1);
  open[0]?.(true);
  expect(await first).toBe(true);
  await clock.advance(0);
  const fourth = ask();
  expect(open).toHaveLength(2);
  open[1]?.(true);
  expect(await Promise.all([second, third])).toEqual([true, true]);
  await clock.advance(0);
  expect(open).toHaveLength(3);
  open[2]?.(true);
  expect(await fourth).toBe(true);
});

test('a no goes to everybody at once, until a look in the background finds a yes', async () => {
  const { ask, clock, open, ended } = asked();
  const [first, second] = [ask(), ask()];
  open[0]?.(false);
  expect(await Promise.all([first, second])).toEqual([false, false]);
  expect(await ask()).toBe(false);
  expect(open).toHaveLength(1);
  await clock.advance(500);
  expect(open).toHaveLength(2);
  open[1]?.(false);
  await clock.advance(500);
  expect(await ask()).toBe(false);
  open[2]?.(true);
  await clock.advance(5_000);
  expect(open).toHaveLength(3);
  const next = ask();
  open[3]?.(false);
  expect(await next).toBe(false);
  ended.abort();
  await clock.advance(5_000);
  expect(open).toHaveLength(4);
});

test('an answer of a server that is gone is forgotten', async () => {
  const { ask, forget, clock, open } = asked();
  const old = ask();
  forget();
  open[0]?.(false);
  expect(await old).toBe(false);
  await clock.advance(5_000);
  const now = ask();
  expect(open).toHaveLength(2);
  open[1]?.(true);
  expect(await now).toBe(true);
});
