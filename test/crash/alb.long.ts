import { afterAll, expect, it, vi } from 'vitest';
import { killedSwitches } from './alb-kills.ts';

afterAll(() => vi.unstubAllEnvs());

it('the bot ends 30 switches of load balancers that follow after up to 10 s, each with its process killed', async () => {
  const kills = { services: 5, rounds: 6, killWithinMs: 12_000, delayMs: 10_000, seed: 7 };
  expect(await killedSwitches(kills)).toBe(30);
}, 900_000);
