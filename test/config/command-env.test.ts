import { expect, test } from 'vitest';
import { type Env, loadConfig } from '../../src/config.ts';

const env = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', REDIS_URL: 'redis://localhost' };

function load(written: string, more: Env = {}) {
  const text = `slack: { channel: C0RELEASES }
services:
  checkout:
    colors: { blue: { url: "http://10.0.0.1" }, green: { url: "http://10.0.0.2" } }
    router: { kind: http, url: "http://10.0.0.3" }
    health: [{ kind: http, path: /healthz }]
    deploy: { kind: command, run: [./deploy.sh], directory: /srv/deploy, env: ${written} }
`;
  return loadConfig({ env: { ...env, ...more }, text });
}

test('a name is short for a name and its value, which is kept out of the settings and of the log', () => {
  const config = load('[DEPLOY_PAT, REGION]', { DEPLOY_PAT: 'pat-123456', REGION: 'eu-central-1' });
  expect(config.catalog.find('checkout')?.raw['deploy']).toMatchObject({
    env: { DEPLOY_PAT: '${DEPLOY_PAT}', REGION: '${REGION}' },
  });
  expect(config.secrets).toContain('pat-123456');
});

test.each([
  ['[DEPLOY_PAT]', 'deploy.env.DEPLOY_PAT: needs the environment variable DEPLOY_PAT, which is not set'],
  ['[SLACK_BOT_TOKEN]', 'names SLACK_BOT_TOKEN, a secret of the bot itself'],
  ['{ T: "${REDIS_URL}" }', 'names REDIS_URL, a secret of the bot itself'],
  ['{ API_TOKEN: abc }', 'deploy.env.API_TOKEN: must be ${NAME}'],
  ['[A B]', 'deploy.env: must be a list of names of environment variables, or a group of names and values'],
])('an environment of %s is a mistake', (written, message) => {
  expect(() => load(written)).toThrow(message);
});
