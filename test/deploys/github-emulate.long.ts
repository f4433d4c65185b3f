import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { githubDeploy, githubDeployOptions } from '../../src/deploys/github.ts';
import type { DeployJob } from '../../src/release/ports.ts';
import { startEmulate } from '../support/emulate.ts';
import type { EmulatedGithub } from '../support/emulate.ts';

const never = new AbortController().signal;

describe('a deploy by the GitHub of emulate', () => {
  let github: EmulatedGithub;
  beforeAll(async () => {
    github = await startEmulate();
  });
  beforeEach(async () => {
    await github.change('workflows', github.workflow, { name: 'Deploy', state: 'active' });
  });
  afterAll(() => github.stop());

  let count = 0;
  /** A new release. Its workflow has it in its name: emulate knows no `run-name`, and names runs like their workflow. */
  async function newJob(): Promise<DeployJob> {
    count += 1;
    const release = `5c0ffee0-0000-4000-8000-${String(count).padStart(12, '0')}`;
    await github.change('workflows', github.workflow, { name: `Deploy (${release})` });
    return { service: 'checkout', color: 'green', version: 'v2', release };
  }
  const made = (app: object = {}, more: object = {}) =>
    githubDeploy(
      githubDeployOptions.parse({
        kind: 'github',
        repository: 'acme/checkout',
        workflow: 'deploy.yml',
        app: { id: 1, installation: 10, privateKey: github.keys[0], ...app },
        api: github.url,
        ...more,
      }),
      { appearsMs: 200, everyMs: 50 },
    );
  const runs = () => github.change('workflowRuns', 0, {});

  test('runs under Node.js 24', () => {
    expect(github.node).toMatch(/^v24\./);
  });

  test('is started once with a token of an App, found by its name, and followed to its end', async () => {
    const before = (await runs()).length;
    const deploy = made();
    const job = await newJob();
    const started = await deploy.start(job, never);
    if (!started.ok) throw new Error(started.reason);
    const { id } = started;
    const url = `${github.url}/acme/checkout/actions/runs/${id}`;
    expect(await deploy.follow(id, never)).toEqual({ state: 'running', message: 'queued', url });
    expect(await made().start({ ...job, again: true }, never)).toEqual({ ok: true, id });
    expect(await runs()).toHaveLength(before + 1);
    await github.change('workflowRuns', Number(id), { status: 'in_progress' });
    expect(await deploy.follow(id, never)).toMatchObject({ state: 'running', message: 'running' });
    await github.change('workflowRuns', Number(id), { status: 'completed', conclusion: 'success' });
    expect(await deploy.follow(id, never)).toEqual({ state: 'succeeded', url });
  });

  test('is cancelled, also by a process that does not know its id', async () => {
    const job = await newJob();
    const started = await made().start(job, never);
    if (!started.ok) throw new Error(started.reason);
    const ended = { ended: true, words: 'the run was cancelled' };
    expect(await made().stop?.(job, undefined, AbortSignal.timeout(5_000))).toEqual(ended);
    expect(await made().stop?.(job, started.id, AbortSignal.timeout(5_000))).toEqual(ended);
  });

  test('is found by nobody where the run has not the release in its name, and not started twice', async () => {
    const before = (await runs()).length;
    const deploy = made();
    const job = { ...(await newJob()), release: 'another' };
    expect(await deploy.start(job, never)).toMatchObject({ ok: false, retryable: false });
    expect(await deploy.start({ ...job, again: true }, never)).toMatchObject({ ok: false });
    expect(await runs()).toHaveLength(before + 1);
  });

  test.each<[string, () => object, object, string]>([
    [
      'that may read Actions',
      () => ({ id: 2, installation: 20, privateKey: github.keys[1] }),
      {},
      'it answered 422',
    ],
    ['with the key of another', () => ({ privateKey: github.keys[1] }), {}, 'it answered 401'],
    ['that is not installed there', () => ({ installation: 20 }), {}, 'it answered 404'],
    ['for another repository', () => ({}), { repository: 'acme/other' }, 'it answered 422'],
    ['for a workflow that is not there', () => ({}), { workflow: 'other.yml' }, 'GitHub answered 404'],
  ])('by an App %s is refused, by doctor too', async (_name, app, more, why) => {
    const deploy = made(app(), more);
    const refused = await deploy.start(await newJob(), never);
    expect(refused).toMatchObject({ ok: false, retryable: false });
    expect(refused).toMatchObject({ reason: expect.stringContaining(why) as string });
    expect(await deploy.doubts?.(never)).toMatchObject([{ what: expect.stringContaining(why) as string }]);
  });

  test('by a workflow that is disabled is refused, by doctor too', async () => {
    const job = await newJob();
    expect(await made().doubts?.(never)).toEqual([]);
    await github.change('workflows', github.workflow, { state: 'disabled_manually' });
    expect(await made().start(job, never)).toMatchObject({
      ok: false,
      retryable: false,
      reason: expect.stringContaining('Workflow is not active') as string,
    });
    expect(await made().doubts?.(never)).toMatchObject([
      { what: 'GitHub says that the workflow is disabled_manually' },
    ]);
  });
});
