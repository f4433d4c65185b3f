import { expect, it } from 'vitest';
import { switchCaddy } from './caddy-switches.ts';

it('the bot switches Caddy 25 times under load while it is killed at random, and Caddy restarts and reloads', async () => {
  const { answered, again, failed, killed } = await switchCaddy({
    switches: 25,
    kills: () => true,
    restarts: (number) => number % 4 === 0 || number % 7 === 0,
    reloads: (number) => number % 5 === 0,
  });
  expect(failed).toEqual([]);
  expect(answered).toBeGreaterThan(1_000);
  expect(killed).toBe(25);
  // Caddy closes connections at each change: without sending again clients would see it.
  expect(again).toBeGreaterThan(0);
});
