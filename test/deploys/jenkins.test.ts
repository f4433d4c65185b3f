import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jenkinsDeploy, jenkinsDeployOptions } from '../../src/deploys/jenkins.ts';
import type { CiServer } from '../support/ci-server.ts';
import { deployWorld } from '../support/deploy-world.ts';
import { startJenkins } from '../support/jenkins.ts';
import type { JenkinsKind } from '../support/jenkins.ts';
import { deployContract, doubtContract, secretToken, stopContract } from './contract.ts';

const never = new AbortController().signal;
const job = { service: 'checkout', color: 'green', version: 'v2', release: '5c0ffee0-1' } as const;
const written = { kind: 'jenkins', job: 'team/deploy checkout', user: 'bot', token: secretToken };

function made(server: CiServer, more: object = {}) {
  const options = jenkinsDeployOptions.parse({ ...written, url: server.url, ...more });
  return jenkinsDeploy(options, { appearsMs: 60, everyMs: 20 });
}

for (const [name, kind] of [
  ['Jenkins', { waits: false, crumb: false }],
  ['a Jenkins whose builds wait in the queue', { waits: true, crumb: false }],
  ['a Jenkins that wants a crumb', { waits: false, crumb: true }],
] satisfies [string, JenkinsKind][]) {
  const open = async () => {
    const server = await startJenkins(secretToken, kind);
    return deployWorld(server, () => made(server));
  };
  deployContract(name, open);
  stopContract(name, open);
  if (!kind.crumb && !kind.waits) doubtContract(name, open);
}

describe('the check of a deploy by Jenkins', () => {
  const kind: JenkinsKind = { waits: false, crumb: false };
  let server: CiServer;
  beforeAll(async () => {
    server = await startJenkins(secretToken, kind);
  });
  beforeEach(() => server.restore());
  afterAll(() => server.stop());

  const having = (...names: string[]) => ({
    property: [{}, { parameterDefinitions: names.map((name) => ({ name })) }],
  });

  test.each([
    ['a job that is disabled', { buildable: false }, 'the job is disabled'],
    ['a job that was never built', { property: [] }, 'the job lacks the parameters COLOR, VERSION, RELEASE'],
    ['a job without RELEASE', having('COLOR', 'VERSION', 'release'), 'the job lacks the parameter RELEASE'],
  ])('finds %s', async (_what, described, what) => {
    kind.described = described;
    expect(await made(server).doubts?.(never)).toEqual([{ what, fix: expect.any(String) as string }]);
  });

  test('does not want a parameter for the service', async () => {
    kind.described = having('VERSION', 'COLOR', 'RELEASE');
    expect(await made(server).doubts?.(never)).toEqual([]);
  });

  test('finds a job that is not there, a folder in its place, and a permission that its user has not', async () => {
    delete kind.described;
    expect(await made(server, { job: 'other' }).doubts?.(never)).toEqual([
      {
        what: 'Jenkins answered 404 (check the job, and whether the user may see it): Not Found',
        fix: expect.stringContaining('correct deploy') as string,
      },
    ]);
    expect(await made(server, { job: 'team' }).doubts?.(never)).toMatchObject([
      {
        what: 'Jenkins answered without a job',
        fix: expect.stringContaining('a folder is not a job') as string,
      },
    ]);
    const headers = { 'x-required-permission': 'hudson.model.Hudson.Read' };
    server.levers.next = [{ status: 403, headers, text: '<html><title>Access Denied' }];
    expect(await made(server).doubts?.(never)).toMatchObject([
      { what: expect.stringContaining('it needs the permission Hudson.Read') as string },
    ]);
    expect(server.asked.every((asked) => asked.startsWith('GET '))).toBe(true);
  });
});

describe('a deploy by Jenkins', () => {
  let server: CiServer;
  beforeAll(async () => {
    server = await startJenkins(secretToken, { waits: true, crumb: false });
  });
  beforeEach(() => server.restore());
  afterAll(() => server.stop());

  test('links its job while it waits, and its build then', async () => {
    const deploy = made(server);
    await deploy.start(job, never);
    const id = String(server.runs[0]?.id);
    const page = `${server.url}/job/team/job/deploy%20checkout/`;
    expect(await deploy.follow(id, never)).toEqual({
      state: 'running',
      message: 'in the queue: Waiting for next available executor',
      url: page,
    });
    server.end('succeeded');
    expect(await deploy.follow(id, never)).toEqual({
      state: 'succeeded',
      url: `${page}${Number(id) - 100}/`,
    });
  });

  test.each([
    [
      'the page of an error',
      400,
      {},
      '<html><head><title>Error 400 deploy is not parameterized</title></head><body>Oops!',
      'Jenkins answered 400 (does the job have parameters?): Error 400 deploy is not parameterized',
    ],
    [
      'a header before an endless page',
      400,
      { 'x-error': 'Nothing is submitted' },
      '<html><title>Jenkins</title>',
      'Jenkins answered 400 (does the job have parameters?): Nothing is submitted',
    ],
    [
      'a missing permission',
      403,
      { 'x-required-permission': 'hudson.model.Item.Build' },
      '<html><title>Access Denied - Jenkins</title>',
      'Jenkins answered 403 (may the user build the job?): Access Denied - Jenkins; it needs the permission Item.Build',
    ],
  ])('says in one sentence why it was refused: %s', async (_what, status, headers, text, reason) => {
    server.levers.next = [{ status, headers, text }];
    expect(await made(server).start(job, never)).toEqual({ ok: false, retryable: false, reason });
  });

  test('answered with the page of a login is not taken for a build', async () => {
    server.levers.next = [{ status: 200, text: '\n<html><title>Sign in</title>' }];
    expect(await made(server).start(job, never)).toMatchObject({
      ok: false,
      retryable: true,
      reason: expect.stringContaining('with a web page, “Sign in”, instead of its API') as string,
    });
    expect(server.asked).toHaveLength(1);
  });

  test('that is cancelled in the queue has failed', async () => {
    server.levers.next = [
      { status: 200, json: { builds: [] } },
      { status: 200, json: { cancelled: true } },
    ];
    expect(await made(server).follow('7', never)).toMatchObject({
      state: 'failed',
      message: 'the build was cancelled in the queue',
    });
  });

  test('that Jenkins has forgotten runs on, and says so', async () => {
    expect(await made(server).follow('7', never)).toMatchObject({
      state: 'running',
      message: 'Jenkins has it neither in the queue nor among its 30 newest builds',
    });
  });

  test('whose answer leads to no item of the queue is found by its release', async () => {
    const deploy = made(server);
    server.begin(job);
    server.levers.next = [{ status: 201, headers: { location: 'https://evil.example/' } }];
    expect(await deploy.start(job, never)).toEqual({ ok: true, id: String(server.runs[0]?.id) });
  });

  test.each([
    [400, 'Nothing is submitted', 'does the job have parameters?'],
    [403, 'bot is missing the Job/Build permission', 'may the user build the job?'],
    [404, 'Not Found', 'check the job, and whether the user may see it'],
    [302, 'Found', 'answered 302'],
  ])('that is refused with %i is not tried again and says why', async (status, message, why) => {
    server.levers.next = [{ status, json: { message } }];
    const answer = await made(server).start(job, never);
    expect(answer).toMatchObject({ ok: false, retryable: false });
    expect(answer).toMatchObject({ reason: expect.stringContaining(why) as string });
  });

  test.each([
    ['UNSTABLE', 'the build is unstable'],
    ['NOT_BUILT', 'the build did not run'],
    ['<!channel>', 'the build ended with what is not known'],
  ])('that ends with %s has failed', async (result, message) => {
    const build = { number: 1, queueId: 7, building: false, result };
    server.levers.next = [{ status: 200, json: { builds: [build] } }];
    expect(await made(server).follow('7', never)).toMatchObject({ state: 'failed', message });
  });

  test.each([
    [{ job: 'a/../b' }, 'must not contain . or ..'],
    [{ job: '/a' }, 'must be the name of a job'],
    [{ user: 'a:b' }, 'must be a user of Jenkins'],
    [{ url: 'ci.example.com' }, 'must be an http:// or https:// URL'],
  ])('options %j are a mistake', (more, message) => {
    const read = jenkinsDeployOptions.safeParse({ ...written, url: server.url, ...more });
    expect(read.error?.issues[0]?.message).toContain(message);
  });
});
