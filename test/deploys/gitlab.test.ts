import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gitlabDeploy, gitlabDeployOptions } from '../../src/deploys/gitlab.ts';
import type { CiServer } from '../support/ci-server.ts';
import { deployWorld } from '../support/deploy-world.ts';
import { startGitlab } from '../support/gitlab.ts';
import type { GitlabKind } from '../support/gitlab.ts';
import { deployContract, doubtContract, secretToken, stopContract } from './contract.ts';

const never = new AbortController().signal;
const job = { service: 'checkout', color: 'green', version: 'v2', release: '5c0ffee0-1' } as const;
const written = { kind: 'gitlab', project: 'acme/checkout', token: secretToken };

function made(server: CiServer, more: object = {}) {
  const options = gitlabDeployOptions.parse({ ...written, url: server.url, ...more });
  return gitlabDeploy(options, { appearsMs: 60, everyMs: 20 });
}

for (const [name, named] of [
  ['GitLab, whose pipelines have no name', false],
  ['GitLab, whose pipelines have the release in their names', true],
] as const) {
  const open = async () => {
    const server = await startGitlab(secretToken, { named });
    return deployWorld(server, () => made(server));
  };
  deployContract(name, open);
  stopContract(name, open);
  if (named) doubtContract(name, open);
}

describe('the check of a deploy by GitLab', () => {
  const kind: GitlabKind = { named: true };
  let server: CiServer;
  beforeAll(async () => {
    server = await startGitlab(secretToken, kind);
  });
  beforeEach(() => server.restore());
  afterAll(() => server.stop());

  const member = (level: number) => ({
    permissions: { project_access: { access_level: level }, group_access: null },
  });
  const variables = (least: string, restricted?: boolean) => ({
    ci_pipeline_variables_minimum_override_role: least,
    restrict_user_defined_variables: restricted,
  });

  test.each([
    ['a Developer', ['api'], member(30)],
    ['a role that nobody names', ['api'], { permissions: { project_access: null, group_access: null } }],
    ['a token that may not ask for itself', undefined, member(40)],
    ['a token with rights of its own', ['granular'], {}],
    ['variables for Developers', ['api'], { ...member(30), ...variables('developer') }],
    ['an older GitLab that restricts nothing', ['api'], { ...member(30), ...variables('maintainer', false) }],
    [
      'a higher role of the group',
      ['api'],
      { permissions: { ...member(10).permissions, group_access: { access_level: 40 } } },
    ],
    ['a role for variables that is not known', ['api'], { ...member(30), ...variables('janitor') }],
  ])('finds nothing wrong with %s', async (_what, scopes, project) => {
    Object.assign(kind, { scopes, project });
    expect(await made(server).doubts?.(never)).toEqual([]);
  });

  test.each([
    ['a token that may only read', ['read_api'], {}, 'its token does not have the scope api'],
    ['a Reporter', ['api'], member(20), 'its token may not run pipelines'],
    ['an archived project', ['api'], { archived: true }, 'the project is archived'],
    ['CI/CD that is off', ['api'], { builds_access_level: 'disabled' }, 'CI/CD is off in the project'],
    [
      'variables that nobody may set',
      ['api'],
      variables('no_one_allowed', true),
      'its token may not set pipeline variables: the project requires no_one_allowed',
    ],
    [
      'variables for Maintainers',
      ['api'],
      { ...member(30), ...variables('maintainer') },
      'its token may not set pipeline variables: the project requires maintainer',
    ],
  ])('finds %s', async (_what, scopes, project, what) => {
    Object.assign(kind, { scopes, project });
    expect(await made(server).doubts?.(never)).toEqual([{ what, fix: expect.any(String) as string }]);
  });

  test('finds a project and a ref that are not there, and a project that was renamed', async () => {
    Object.assign(kind, { scopes: ['api'], project: {} });
    expect(await made(server, { project: 'acme/other' }).doubts?.(never)).toEqual([
      {
        what: 'GitLab answered 404 (check project and pipeline, and whether the token may see them): 404 Project Not Found',
        fix: expect.stringContaining('correct deploy') as string,
      },
    ]);
    expect(await made(server, { ref: 'mian' }).doubts?.(never)).toEqual([
      {
        what: 'the project has no branch or tag mian, or the token may not see it',
        fix: 'correct deploy.ref in the configuration',
      },
    ]);
    const moved = { status: 301, headers: { location: `${server.url}/elsewhere` } };
    server.levers.next = [moved, moved, moved];
    expect(await made(server).doubts?.(never)).toMatchObject([
      {
        what: expect.stringContaining('answered 301') as string,
        fix: expect.stringContaining('new address') as string,
      },
    ]);
    expect(server.astray()).toBe(0);
    expect(server.runs).toEqual([]);
  });
});

describe('a deploy by GitLab', () => {
  let server: CiServer;
  beforeAll(async () => {
    server = await startGitlab(secretToken, { named: false });
  });
  beforeEach(() => server.restore());
  afterAll(() => server.stop());

  test('links the page of its pipeline on the same host', async () => {
    const deploy = made(server);
    await deploy.start(job, never);
    const id = String(server.runs[0]?.id);
    const url = `${server.url}/acme/checkout/-/pipelines/${id}`;
    expect(await deploy.follow(id, never)).toEqual({ state: 'running', message: 'running', url });
  });

  test('asks once for the variables of each pipeline of others', async () => {
    for (let i = 0; i < 3; i += 1) await made(server).start({ ...job, release: `other-${i}` }, never);
    server.asked.length = 0;
    await made(server).start({ ...job, again: true }, never);
    expect(server.asked.filter((asked) => asked.endsWith('/variables'))).toHaveLength(3);
    expect(server.runs).toHaveLength(4);
  });

  test('is not started while the variables of a pipeline may not be read', async () => {
    await made(server).start({ ...job, release: 'other' }, never);
    const list = [{ id: 1, name: null }];
    server.levers.next = [
      { status: 200, json: list },
      { status: 403, json: { message: '403 Forbidden' } },
    ];
    expect(await made(server).start({ ...job, again: true }, never)).toMatchObject({
      ok: false,
      retryable: true,
      reason: 'GitLab answered 403 (may the token run pipelines of the project?): 403 Forbidden',
    });
    expect(server.runs).toHaveLength(1);
  });

  test.each([
    [400, { base: ['Insufficient permissions to set pipeline variables'] }, 'Insufficient permissions'],
    [403, '403 Forbidden', 'may the token run pipelines'],
    [404, '404 Project Not Found', 'check project and pipeline'],
    [301, 'Moved', 'answered 301'],
  ])('that is refused with %i is not tried again and says why', async (status, message, why) => {
    server.levers.next = [{ status, json: { message } }];
    const answer = await made(server).start(job, never);
    expect(answer).toMatchObject({ ok: false, retryable: false });
    expect(answer).toMatchObject({ reason: expect.stringContaining(why) as string });
  });

  test.each([
    ['{"message":{"base":["Reference not found"]}}', 'Reference not found'],
    [
      '{"message":{"ref":["is missing"],"variables":["is invalid"]}}',
      'ref: is missing; variables: is invalid',
    ],
    ['{"error":"ref is missing"}', 'ref is missing'],
    [
      '{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided."}',
      'The request requires higher privileges than provided',
    ],
    ['{"message":"400 Bad request - <!channel>"}', '400 Bad request - <!channel>'],
    ['<html><head><title>400 Bad Request</title></head><body>nginx', '400 Bad Request'],
  ])('says in one sentence why it was refused: %s', async (body, words) => {
    server.levers.next = [{ status: 400, text: body }];
    expect(await made(server).start(job, never)).toMatchObject({
      ok: false,
      retryable: false,
      reason: `GitLab answered 400 (check the ref, the file .gitlab-ci.yml, and who may set pipeline variables): ${words}`,
    });
  });

  test('answered with the page of a login is not started, and says so', async () => {
    const page = { status: 200, text: '<!DOCTYPE html><title>Sign in · GitLab</title>' };
    const words =
      'GitLab: answered 200 with a web page, “Sign in · GitLab”, instead of its API (is a login page or a proxy in front of it?)';
    server.levers.next = [page, page, page];
    expect(await made(server).start(job, never)).toEqual({
      ok: false,
      retryable: true,
      mayRun: true,
      reason: words,
    });
    expect(await made(server).start({ ...job, again: true }, never)).toMatchObject({
      ok: false,
      reason: words,
    });
    expect(await made(server).follow('1', never)).toMatchObject({ state: 'running', message: words });
    expect(server.runs).toEqual([]);
  });

  test.each([
    [500, true],
    [502, true],
    [503, undefined],
    [429, undefined],
  ])('that is answered with %i is tried again; it may have been started: %s', async (status, mayRun) => {
    server.levers.next = [{ status }];
    const answer = await made(server).start(job, never);
    expect(answer).toMatchObject({ ok: false, retryable: true });
    expect('mayRun' in answer ? answer.mayRun : undefined).toBe(mayRun);
  });

  test('asks nothing while its rate limit is reached', async () => {
    const deploy = made(server);
    server.levers.next = [{ status: 429, headers: { 'retry-after': '60' } }];
    expect(await deploy.start(job, never)).toMatchObject({ ok: false, retryable: true });
    expect(await deploy.follow('1', never)).toMatchObject({
      message: expect.stringContaining('its rate limit is reached') as string,
    });
    expect(server.asked).toHaveLength(1);
  });

  test.each([
    ['created', 'running', 'queued'],
    ['waiting_for_resource', 'running', 'waits for another pipeline of its resource group'],
    ['manual', 'running', 'waits until somebody starts a manual job'],
    ['polished', 'running', 'GitLab says polished'],
    ['<!channel>', 'running', 'GitLab says what is not known'],
    ['skipped', 'failed', 'the pipeline was skipped'],
    ['canceled', 'failed', 'the pipeline was canceled'],
  ])('that stands at %s is %s', async (status, state, message) => {
    server.levers.next = [{ status: 200, json: { status } }];
    expect(await made(server).follow('7', never)).toMatchObject({ state, message });
  });

  test.each([
    [{ project: '17' }, 'must be the path of a project'],
    [{ project: '../x' }, 'must be the path of a project'],
    [{ ref: 'a b' }, 'must be a branch or a tag'],
    [{ url: 'gitlab.example.com' }, 'must be an http:// or https:// URL'],
  ])('options %j are a mistake', (more, message) => {
    const read = gitlabDeployOptions.safeParse({ ...written, ...more });
    expect(read.error?.issues[0]?.message).toContain(message);
  });
});
