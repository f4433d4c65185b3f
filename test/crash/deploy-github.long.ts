import { expect, it } from 'vitest';
import { startGithub } from '../support/github.ts';
import { ciPlace, killedDeploys } from './deploy-kills.ts';

it('the bot runs each workflow of 25 stages once when it is killed at random', async () => {
  const server = await startGithub('T0PSECRET-token-17', { details: 'given', named: true });
  const place = ciPlace(server, {
    settings: () => ({
      kind: 'github',
      repository: 'acme/checkout',
      workflow: 'deploy.yml',
      token: '${GITHUB_TOKEN}',
      api: server.url,
    }),
    env: { GITHUB_TOKEN: 'T0PSECRET-token-17' },
    page: (id) => `${server.url}/acme/checkout/actions/runs/${id}`,
  });
  expect(await killedDeploys(place, { services: 5, rounds: 5, killWithinMs: 1_500, seed: 41 })).toBe(25);
}, 900_000);
