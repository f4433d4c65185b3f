import { expect, test } from 'vitest';
import { inOneTurn } from '../../src/redis/in-one-turn.ts';

test('what is asked for in one turn goes together, and each gets its own answer', async () => {
  const asked: string[][] = [];
  const ask = inOneTurn(async (items: readonly string[]) => {
    asked.push([...items]);
    return items.map((item) => item.toUpperCase());
  }, 3);
  const answers = ['a', 'b', 'c', 'd', 'b'].map(ask);
  expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D', 'B']);
  expect(asked).toEqual([
    ['a', 'b', 'c'],
    ['d', 'b'],
  ]);
  expect(await ask('later')).toBe('LATER');
  expect(asked).toHaveLength(3);
});

test('what comes while a question is out goes with the next one', async () => {
  let answer = (): void => {};
  let out = (): void => {};
  const isOut = new Promise<void>((resolve) => (out = resolve));
  let asked = 0;
  const ask = inOneTurn(async (items: readonly number[]) => {
    asked += 1;
    if (asked === 1) {
      out();
      await new Promise<void>((resolve) => (answer = resolve));
    }
    return items;
  }, 10);
  const first = ask(1);
  await isOut;
  expect(await ask(2)).toBe(2);
  answer();
  expect(await first).toBe(1);
});

test('what a question throws, each of them gets, and later ones do not', async () => {
  let broken = true;
  const ask = inOneTurn(async (items: readonly number[]) => {
    if (broken) throw new Error('broken');
    return items;
  }, 10);
  const answers = await Promise.allSettled([ask(1), ask(2)]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  expect(await ask(3)).toBe(3);
});
