import { expect, it } from 'vitest';
import { killedDeploys, killedSwitches } from './kube-kills.ts';

it('the bot ends 25 switches of HTTPRoutes and Services, each with its process killed, and changes each object once', async () => {
  const kills = { services: 5, rounds: 5, killWithinMs: 3_000, followMs: 3_000, seed: 12 };
  expect(await killedSwitches(kills)).toBe(25);
}, 600_000);

it('the bot rolls each of 25 releases out once when the process that deploys it is killed', async () => {
  expect(await killedDeploys({ services: 5, rounds: 5, killWithinMs: 1_500, seed: 12 })).toBe(25);
}, 600_000);
