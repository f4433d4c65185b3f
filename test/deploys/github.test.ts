import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { githubDeploy, githubDeployOptions } from '../../src/deploys/github.ts';
import type { CiAnswer, CiServer } from '../support/ci-server.ts';
import { deployWorld } from '../support/deploy-world.ts';
import { startGithub } from '../support/github.ts';
import type { GithubKind } from '../support/github.ts';
import { deployContract, doubtContract, secretToken, stopContract } from './contract.ts';

const never = new AbortController().signal;
const job = { service: 'checkout', color: 'green', version: 'v2', release: '5c0ffee0-1' } as const;
const written = { kind: 'github', repository: 'acme/checkout', workflow: 'deploy.yml', token: secretToken };

function made(server: CiServer, more: object = {}) {
  const options = githubDeployOptions.parse({ ...written, api: server.url, ...more });
  return githubDeploy(options, { appearsMs: 60, everyMs: 20 });
}

for (const [name, kind] of [
  ['GitHub', { details: 'given', named: true }],
  ['a GitHub that refuses to give the run', { details: 'refused', named: true }],
  ['a GitHub that does not give the run', { details: 'ignored', named: true }],
] satisfies [string, GithubKind][]) {
  const open = async () => {
    const server = await startGithub(secretToken, kind);
    return deployWorld(server, () => made(server));
  };
  deployContract(name, open);
  if (kind.details === 'given') stopContract(name, open);
  if (kind.details === 'given') doubtContract(name, open);
}

describe('a deploy by GitHub', () => {
  const kind: GithubKind = { details: 'given', named: false };
  let server: CiServer;
  beforeAll(async () => {
    server = await startGithub(secretToken, kind);
  });
  beforeEach(async () => {
    kind.renamed = false;
    await server.restore();
  });
  afterAll(() => server.stop());

  test('is followed by the run that the dispatch names, on a page of the same host', async () => {
    const deploy = made(server);
    expect(await deploy.start(job, never)).toEqual({ ok: true, id: expect.any(String) as string });
    const id = String(server.runs[0]?.id);
    const url = `${server.url}/acme/checkout/actions/runs/${id}`;
    expect(await deploy.follow(id, never)).toEqual({ state: 'running', message: 'running', url });
    expect(server.asked).toEqual([
      'POST /repos/acme/checkout/actions/workflows/deploy.yml/dispatches',
      `GET /repos/acme/checkout/actions/runs/${id}`,
    ]);
  });

  test('whose run cannot be found by its name is not started twice, and says what is missing', async () => {
    const old = await startGithub(secretToken, { details: 'ignored', named: false });
    const answer = await made(old).start(job, never);
    expect(answer).toMatchObject({
      ok: false,
      retryable: false,
      reason: expect.stringContaining('run-name contain ${{ inputs.release }}') as string,
    });
    expect(old.runs).toHaveLength(1);
    await old.stop();
  });

  test('by a workflow whose runs have no release in their names is not started twice after a kill', async () => {
    expect(await made(server).start({ ...job, again: true }, never)).toMatchObject({ ok: true });
    expect(server.runs).toHaveLength(1);
    const taker = await made(server).start({ ...job, again: true }, never);
    expect(taker).toMatchObject({
      ok: false,
      retryable: false,
      mayRun: true,
      reason: expect.stringContaining('run-name contain ${{ inputs.release }}') as string,
    });
    expect(server.runs).toHaveLength(1);
    expect(await made(server).doubts?.(never)).toMatchObject([
      { fix: 'write ${{ inputs.release }} into run-name of the workflow' },
    ]);
  });

  test.each([
    [429, {}],
    [403, { 'retry-after': '30' }],
    [403, {}],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9999999999' }],
  ])('asks nothing while its rate limit is reached: %i, %j', async (status, headers) => {
    const deploy = made(server);
    server.levers.next = [
      { status, headers, json: { message: 'You have exceeded a secondary rate limit.' } },
    ];
    const words = 'You have exceeded a secondary rate limit; next try at';
    expect(await deploy.start(job, never)).toMatchObject({
      ok: false,
      retryable: true,
      reason: expect.stringMatching(`^GitHub answered ${status}: ${words} [\\d:]{8} UTC$`) as string,
    });
    expect(await deploy.start(job, never)).toMatchObject({
      ok: false,
      retryable: true,
      reason: expect.stringMatching(
        /^GitHub: its rate limit is reached; next try at [\d:]{8} UTC$/,
      ) as string,
    });
    expect(await deploy.follow('1', never)).toMatchObject({ state: 'running' });
    expect(server.asked).toHaveLength(1);
    expect(server.runs).toHaveLength(0);
  });

  test.each([
    [403, 'Resource not accessible by personal access token', 'may the token write Actions?'],
    [404, 'Not Found', 'check repository, workflow and run'],
    [422, "Workflow does not have 'workflow_dispatch' trigger", 'workflow_dispatch'],
    [422, 'Unexpected inputs provided: ["color", "release"]', '["color", "release"]'],
    [422, "Required input 'target' not provided", "'target' not provided"],
    [422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow", 'disabled workflow'],
    [301, 'Moved Permanently', 'answered 301 (a redirect, which is not followed): Moved Permanently'],
  ])('that is refused with %i is not tried again and says why', async (status, message, why) => {
    server.levers.next = [{ status, json: { message } }];
    const answer = await made(server).start(job, never);
    expect(answer).toMatchObject({ ok: false, retryable: false });
    expect(answer).toMatchObject({ reason: expect.stringContaining(why) as string });
  });

  test.each<[number, CiAnswer['json'], string]>([
    [
      422,
      { message: 'Validation Failed', errors: [{ resource: 'Run', code: 'invalid' }] },
      'Validation Failed',
    ],
    [422, { errors: ['No ref found for: main'] }, 'No ref found for: main'],
    [422, { message: { text: 'x' }, errors: [[]] }, 'answered 422'],
    [400, 'Problems parsing JSON', 'Problems parsing JSON'],
    [403, [], 'answered 403'],
    [404, null, 'answered 404'],
    [451, { message: `x${'y'.repeat(9_000)}` }, 'answered 451'],
  ])('that is refused with %i in an odd shape says so in one line: %#', async (status, json, why) => {
    server.levers.next = [{ status, json }];
    const answer = await made(server).start(job, never);
    expect(answer).toMatchObject({ ok: false, retryable: false });
    const { reason } = answer as { reason: string };
    expect(reason).toContain(why);
    expect(reason).toMatch(/^[^\n]{1,400}$/);
  });

  test('of a repository that was renamed is carried out where GitHub leads at the same server', async () => {
    kind.renamed = true;
    const deploy = made(server);
    const started = await deploy.start(job, never);
    expect(started).toMatchObject({ ok: true });
    const id = String(server.runs[0]?.id);
    expect(await deploy.follow(id, never)).toMatchObject({ state: 'running', message: 'running' });
    expect(server.runs).toHaveLength(1);
    expect(await deploy.doubts?.(never)).toMatchObject([{ fix: 'write its new name as deploy.repository' }]);
  });

  test.each([301, 302, 307, 308])('of a repository is not carried out elsewhere: %i', async (status) => {
    const other = await startGithub(secretToken, { details: 'given', named: true });
    const deploy = made(server);
    for (const location of [
      `${other.url}/repositories/17/actions/workflows/deploy.yml/dispatches`,
      `${server.url}/elsewhere`,
      `${server.url}/elsewhere/repositories/x/actions/`,
      '//[',
    ]) {
      server.levers.next = [{ status, headers: { location }, json: { message: 'Moved' } }];
      expect(await deploy.start(job, never)).toMatchObject({
        ok: false,
        reason: expect.stringContaining(`answered ${status}`) as string,
      });
    }
    expect([other.asked, other.astray(), server.astray()]).toEqual([[], 0, 0]);
    await other.stop();
  });

  test('that ends just before it is cancelled is known to have ended', async () => {
    const deploy = made(server);
    const started = await deploy.start(job, never);
    if (!started.ok) throw new Error(started.reason);
    server.levers.next = [{ status: 200, json: { status: 'in_progress', conclusion: null } }];
    server.end('succeeded');
    const stopped = await deploy.stop?.(job, started.id, AbortSignal.timeout(5_000));
    expect(stopped).toEqual({ ended: true, words: 'the run has succeeded meanwhile' });
    expect(server.asked).toContain(`POST /repos/acme/checkout/actions/runs/${started.id}/cancel`);
  });

  test('that may not be cancelled says why, and is not said to have ended', async () => {
    const deploy = made(server);
    const started = await deploy.start(job, never);
    if (!started.ok) throw new Error(started.reason);
    const refused = { status: 403, json: { message: 'Resource not accessible by integration' } };
    server.levers.next = [{ status: 200, json: { status: 'queued', conclusion: null } }, refused];
    expect(await deploy.stop?.(job, started.id, AbortSignal.timeout(5_000))).toEqual({
      ended: false,
      words:
        'the run was not canceled: GitHub answered 403 (may the token write Actions?): Resource not accessible by integration',
    });
  });

  test('that somebody runs again by hand while it is followed says so, and goes on', async () => {
    const deploy = made(server);
    const stand = async (status: string, conclusion: string | null, run_attempt: unknown) => {
      server.levers.next = [{ status: 200, json: { status, conclusion, run_attempt } }];
      return deploy.follow('7', never);
    };
    expect(await stand('in_progress', null, 1)).toMatchObject({ message: 'running' });
    expect(await stand('queued', null, 2)).toMatchObject({ message: 'queued, attempt 2' });
    expect(await stand('completed', 'failure', 2)).toMatchObject({
      state: 'failed',
      message: 'the run ended with failure, attempt 2',
    });
    expect(await stand('completed', 'success', { odd: true })).toMatchObject({ state: 'succeeded' });
  });

  test.each([
    ['queued', null, 'running', 'queued'],
    ['waiting', null, 'running', 'waits for a rule of its environment, such as a review'],
    ['polished', null, 'running', 'GitHub answered with a status that is not known'],
    ['completed', null, 'running', 'GitHub answered without a conclusion'],
    ['completed', 'timed_out', 'failed', 'the run took longer than the workflow allows'],
    ['completed', 'cancelled', 'failed', 'the run was cancelled'],
    ['completed', 'skipped', 'failed', 'the run ended with skipped'],
    ['completed', '<!channel>', 'failed', 'the run ended with what is not known'],
  ])('that stands at %s, %s is %s', async (status, conclusion, state, message) => {
    server.levers.next = [{ status: 200, json: { status, conclusion } }];
    expect(await made(server).follow('7', never)).toMatchObject({ state, message });
  });

  test.each([
    [{ repository: 'checkout' }, 'must be owner/name'],
    [{ repository: '../..' }, 'must be owner/name'],
    [{ workflow: '../deploy.yml' }, 'must be the name of a workflow file'],
    [{ ref: 'a b' }, 'must be a branch or a tag'],
    [{ api: 'api.github.com' }, 'must be an http:// or https:// URL'],
    [{ token: '' }, 'must be non-empty'],
  ])('options %j are a mistake', (more, message) => {
    const read = githubDeployOptions.safeParse({ ...written, ...more });
    expect(read.error?.issues[0]?.message).toContain(message);
  });

  test('asks github.com by default, and links to it', async () => {
    const options = githubDeployOptions.parse(written);
    expect(options).toMatchObject({ api: 'https://api.github.com', ref: 'main', deadline: 1_200_000 });
    const stand = await githubDeploy(options).follow('5', AbortSignal.abort());
    expect(stand.url).toBe('https://github.com/acme/checkout/actions/runs/5');
  });
});
