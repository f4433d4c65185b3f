import { expect, it } from 'vitest';
import { killedDeploys } from './kube-kills.ts';

it('rolls each release out once where the process that deploys it is killed', async () => {
  expect(await killedDeploys({ services: 5, rounds: 1, killWithinMs: 1_500, seed: 12 })).toBe(5);
}, 600_000);
