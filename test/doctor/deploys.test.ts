import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { githubDeploy, githubDeployOptions } from '../../src/deploys/github.ts';
import { examineDeploy } from '../../src/doctor/services.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import type { CiServer } from '../support/ci-server.ts';
import { startGithub } from '../support/github.ts';
import type { GithubKind } from '../support/github.ts';
import { githubApp } from '../support/github-app.ts';
import { secretToken } from '../deploys/contract.ts';

const app = githubApp();
const kind: GithubKind = { details: 'given', named: true, app };
let server: CiServer;
beforeAll(async () => {
  server = await startGithub(secretToken, kind);
});
beforeEach(async () => {
  await server.restore();
  app.actions = 'write';
  delete kind.state;
});
afterAll(() => server.stop());

async function found(part: object = {}) {
  const options = githubDeployOptions.parse({
    kind: 'github',
    repository: 'acme/checkout',
    workflow: 'deploy.yml',
    app: { id: app.id, installation: app.installation, privateKey: app.privateKey, ...part },
    api: server.url,
  });
  const router = makeRouter(routerOptions.parse({ kind: 'http', url: 'http://127.0.0.1:1/router' }));
  return examineDeploy('checkout', { router, health: [], hooks: [], deploy: githubDeploy(options) });
}

test('a deploy by GitHub that can be asked is fine, and nothing is started by asking', async () => {
  expect(await found()).toEqual([
    {
      name: 'checkout deploy',
      state: 'ok',
      found: 'GitHub accepts its App, and the workflow deploy.yml is active',
    },
  ]);
  expect(server.runs).toEqual([]);
});

test('an App that may not write Actions is found, and one with another key', async () => {
  app.actions = 'read';
  expect(await found()).toMatchObject([
    { state: 'wrong', found: expect.stringContaining('with the permission Actions: read and write?') },
  ]);
  expect(await found({ privateKey: githubApp().privateKey })).toMatchObject([
    { state: 'wrong', found: expect.stringContaining('app.id and app.privateKey of the same App') },
  ]);
});

test('a workflow that somebody disabled is found, and one that is not there', async () => {
  kind.state = 'disabled_manually';
  expect(await found()).toMatchObject([
    { state: 'wrong', found: 'GitHub says that the workflow is disabled_manually' },
  ]);
  server.levers.next = [{ status: 404, json: { message: 'Not Found' } }];
  expect(await found()).toMatchObject([{ state: 'wrong', found: expect.stringContaining('404') }]);
});

test('a token of the classic kind without the scope is found', async () => {
  await found();
  const scopes = (text: string) => ({
    status: 200,
    json: { state: 'active' },
    headers: { 'x-oauth-scopes': text },
  });
  server.levers.next = [
    { status: 201, json: { token: 't', expires_at: '2099-01-01T00:00:00Z' } },
    scopes('gist'),
  ];
  expect(await found()).toMatchObject([{ state: 'wrong', found: 'its token does not have the scope repo' }]);
});
