import { expect, it } from 'vitest';
import { killIn } from './nginx-kills.ts';

it('nginx, its include file and the record agree after each of 25 kills in switches', async () => {
  expect(await killIn(25, Date.now() % 1_000_000)).toBe(25);
});
