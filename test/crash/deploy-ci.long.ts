import { expect, it } from 'vitest';
import { startDeployHook } from '../support/deploy-hook.ts';
import { startGitlab } from '../support/gitlab.ts';
import { startJenkins } from '../support/jenkins.ts';
import { ciPlace, killedDeploys } from './deploy-kills.ts';

const token = 'T0PSECRET-token-17';
const kills = { services: 5, rounds: 5, killWithinMs: 1_500 };

it.each([
  ['without names', false],
  ['with the release in their names', true],
])(
  'runs each pipeline of 25 stages once where the bot is killed at random: pipelines %s',
  async (_, named) => {
    const server = await startGitlab(token, { named });
    const written = { kind: 'gitlab', url: server.url, project: 'acme/checkout', token: '${GITLAB_TOKEN}' };
    const place = ciPlace(server, {
      settings: () => written,
      env: { GITLAB_TOKEN: token },
      page: (id) => `${server.url}/acme/checkout/-/pipelines/${id}`,
    });
    expect(await killedDeploys(place, { ...kills, seed: named ? 43 : 42 })).toBe(25);
  },
  900_000,
);

it('the bot runs each build of 25 stages by Jenkins once when it is killed at random', async () => {
  const server = await startJenkins(token, { waits: false, crumb: true });
  const written = { kind: 'jenkins', url: server.url, job: 'team/deploy checkout', user: 'bot' };
  const place = ciPlace(server, {
    settings: () => ({ ...written, token: '${JENKINS_TOKEN}' }),
    env: { JENKINS_TOKEN: token },
    page: (id) => `${server.url}/job/team/job/deploy%20checkout/${id - 100}/`,
  });
  expect(await killedDeploys(place, { ...kills, seed: 44 })).toBe(25);
}, 900_000);

it('the bot starts each of 25 deploys by webhook once when it is killed at random', async () => {
  const server = await startDeployHook(token);
  const at = `${server.url}/deploys`;
  const place = ciPlace(server, {
    settings: () => ({ kind: 'webhook', url: at, statusUrl: `${at}/{id}`, token: '${HOOK_TOKEN}' }),
    env: { HOOK_TOKEN: token },
  });
  // A lost answer alone ends the stage in doubt; here the kill loses it, and who takes over sends the same key.
  const disturb = (random: () => number): void => {
    server.levers.pauseMs = () => random() * 500;
  };
  expect(await killedDeploys({ ...place, disturb }, { ...kills, seed: 45 })).toBe(25);
}, 900_000);
