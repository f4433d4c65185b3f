import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { githubDeploy, githubDeployOptions } from '../../src/deploys/github.ts';
import type { CiServer } from '../support/ci-server.ts';
import { deployWorld } from '../support/deploy-world.ts';
import { startGithub } from '../support/github.ts';
import { githubApp } from '../support/github-app.ts';
import type { GithubApp } from '../support/github-app.ts';
import { temporaryFolder } from '../support/processes.ts';
import { deployContract, secretToken } from './contract.ts';

const never = new AbortController().signal;
const job = { service: 'checkout', color: 'green', version: 'v2', release: '5c0ffee0-1' } as const;
const tokens = 'POST /app/installations/678/access_tokens';

const written = ({ id, installation, privateKey }: GithubApp, api: string) => ({
  kind: 'github' as const,
  repository: 'acme/checkout',
  workflow: 'deploy.yml',
  app: { id, installation, privateKey },
  api,
});
const made = (options: object) =>
  githubDeploy(githubDeployOptions.parse(options), { appearsMs: 60, everyMs: 20 });

deployContract('GitHub with an App', async () => {
  const app = githubApp();
  const server = await startGithub(secretToken, { details: 'given', named: true, app });
  return deployWorld(server, () => made(written(app, server.url)));
});

describe('an App of GitHub', () => {
  let app: GithubApp;
  let server: CiServer;
  beforeAll(async () => {
    app = githubApp();
    server = await startGithub(secretToken, { details: 'given', named: true, app });
  });
  const asNew = { ...githubApp(), publicKey: undefined, privateKey: undefined };
  beforeEach(async () => {
    await server.restore();
    const { actions, repositories, suspended, lifetimeMs } = asNew;
    Object.assign(app, { actions, repositories, suspended, lifetimeMs, given: 0 });
    app.tokens.clear();
  });
  afterAll(() => server.stop());

  async function begun(deploy: ReturnType<typeof made>): Promise<string> {
    const answer = await deploy.start(job, never);
    if (!answer.ok) throw new Error(answer.reason);
    return answer.id;
  }
  const countOf = (what: string) => server.asked.filter((one) => one === what).length;

  test('gets one token for many questions', async () => {
    const deploy = made(written(app, server.url));
    const id = await begun(deploy);
    for (let asked = 0; asked < 3; asked += 1)
      expect(await deploy.follow(id, never)).toMatchObject({ state: 'running', message: 'running' });
    expect(countOf(tokens)).toBe(1);
  });

  test('gets another token some minutes before the one that it has ends', async () => {
    app.lifetimeMs = 4 * 60_000;
    const deploy = made(written(app, server.url));
    await deploy.follow(await begun(deploy), never);
    expect(countOf(tokens)).toBe(2);
  });

  test('gets another token when one is refused, and asks the same again, once', async () => {
    const deploy = made(written(app, server.url));
    const id = await begun(deploy);
    app.tokens.clear();
    expect(await deploy.follow(id, never)).toMatchObject({ state: 'running', message: 'running' });
    expect(countOf(tokens)).toBe(2);
    const taken = app.tokens;
    taken.add = () => taken;
    taken.clear();
    expect(await deploy.follow(id, never)).toMatchObject({
      message: 'GitHub answered 401 (is the token still valid?): Bad credentials',
    });
    expect(countOf(tokens)).toBe(3);
    Reflect.deleteProperty(taken, 'add');
    expect(server.runs).toHaveLength(1);
  });

  test.each<[string, (app: GithubApp) => void, string]>([
    ['whose permission is to read', (it) => (it.actions = 'read'), 'the permission Actions: read and write'],
    ['that is not installed there', (it) => (it.repositories = ['other']), 'installed for this repository'],
    ['that is suspended', (it) => (it.suspended = true), 'suspended'],
  ])('%s starts nothing, and says why', async (_name, change, why) => {
    change(app);
    const answer = await made(written(app, server.url)).start(job, never);
    expect(answer).toMatchObject({ ok: false, retryable: false });
    expect(answer).toMatchObject({
      reason: expect.stringMatching(/^GitHub: no token for the App: it answered \d+/) as string,
    });
    expect(answer).toMatchObject({ reason: expect.stringContaining(why) as string });
    expect(server.runs).toEqual([]);
  });

  test.each([
    [{ id: '999' }, 'it answered 401 (are app.id and app.privateKey of the same App'],
    [{ installation: 1 }, 'it answered 404 (is app.installation an installation of this App?)'],
    [
      { privateKey: githubApp().privateKey },
      'it answered 401 (are app.id and app.privateKey of the same App',
    ],
    [{ privateKey: '/nowhere/key.pem' }, 'the file that app.privateKey names cannot be read (ENOENT)'],
    [{ privateKey: '/dev/zero' }, 'the file that app.privateKey names is not a private key'],
    [{ privateKey: '/etc/hostname' }, 'the file that app.privateKey names is not a private key'],
  ])('with a wrong part is refused and says which', async (part, why) => {
    const options = written(app, server.url);
    const answer = await made({ ...options, app: { ...options.app, ...part } }).start(job, never);
    expect(answer).toMatchObject({
      ok: false,
      retryable: false,
      reason: expect.stringContaining(why) as string,
    });
  });

  test.each<[string, (pem: string, folder: string) => string | Promise<string>]>([
    ['with \\n for its line ends', (pem) => pem.trim().replaceAll('\n', String.raw`\n`)],
    ['with blanks for its line ends', (pem) => pem.replaceAll('\n', ' ')],
    ['with line ends of Windows', (pem) => pem.replaceAll('\n', '\r\n')],
    ['in quotes', (pem) => `"${pem}"`],
    ['in base64', (pem) => Buffer.from(pem).toString('base64')],
    ['in base64 with line ends', (pem) => Buffer.from(pem).toString('base64').replace(/.{76}/g, '$&\n')],
    [
      'in a file',
      async (pem, folder) => {
        await writeFile(join(folder, 'key.pem'), pem);
        return join(folder, 'key.pem');
      },
    ],
  ])('has its private key %s', async (_name, paste) => {
    const options = written(app, server.url);
    const privateKey = await paste(app.privateKey, await temporaryFolder());
    const deploy = made({ ...options, app: { ...options.app, privateKey } });
    expect(await deploy.start(job, never)).toMatchObject({ ok: true });
  });

  test.each<[object, string]>([
    [{ token: 'T' }, 'must have either token or app'],
    [{ app: undefined }, 'must have either token or app'],
    [{ app: { id: 'checkout' } }, 'must be the App ID, a number, or the Client ID of the App'],
    [{ app: { installation: 'acme' } }, 'must be a number'],
    [{ app: { privateKey: 'swordfish' } }, 'must be the private key of the App'],
    [
      { app: { privateKey: githubApp().publicKey.export({ type: 'spki', format: 'pem' }).toString() } },
      'must be the private key of the App',
    ],
  ])('options with a mistake say which: %#', (more, message) => {
    const options = written(app, server.url);
    const part = 'app' in more && more.app !== undefined ? { app: { ...options.app, ...more.app } } : more;
    const read = githubDeployOptions.safeParse({ ...options, ...part });
    expect(read.error?.issues[0]?.message).toContain(message);
  });
});
