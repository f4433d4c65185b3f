import { expect, it } from 'vitest';
import { switchCaddy } from './caddy-switches.ts';

it('the bot switches Caddy under load, also when it is killed in the middle and Caddy starts again', async () => {
  const { answered, failed, killed } = await switchCaddy({
    switches: 2,
    kills: (number) => number === 1,
    restarts: (number) => number === 1,
    reloads: (number) => number === 2,
  });
  expect(failed).toEqual([]);
  expect(answered).toBeGreaterThan(50);
  expect(killed).toBe(1);
});
