import { afterAll, expect, it, vi } from 'vitest';
import { killedSwitches } from './alb-kills.ts';

afterAll(() => vi.unstubAllEnvs());

it('the bot ends switches of a load balancer whose process was killed, live only after traffic moved', async () => {
  const kills = { services: 4, rounds: 1, killWithinMs: 1_500, delayMs: 2_000, seed: 12 };
  expect(await killedSwitches(kills)).toBe(4);
});
