import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeAuthority } from '../support/certificates.ts';
import { startDeployHook } from '../support/deploy-hook.ts';
import { deployWorld } from '../support/deploy-world.ts';
import { deployContract, secretToken } from './contract.ts';
import { deployOptions, makeDeploy } from '../../src/deploys/index.ts';
import { closeServer, listen } from '../support/listen.ts';
import { textOf } from '../support/router-server.ts';

const never = new AbortController().signal;
const job = { service: 'checkout', color: 'green', version: '1.42.0', release: 'r-17' } as const;
const seen: { method: string; path: string; headers: Record<string, unknown>; body: string }[] = [];
let answer: { status: number; body: string; headers?: Record<string, string>; afterMs?: number };
let base = '';
const server = createServer((request, response) => {
  void textOf(request).then((body) => {
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    const { status, headers, afterMs = 0 } = answer;
    setTimeout(() => response.writeHead(status, headers).end(answer.body), afterMs);
  });
});

beforeAll(async () => {
  base = `http://127.0.0.1:${await listen(server)}`;
});
beforeEach(() => {
  seen.length = 0;
});
afterAll(() => closeServer(server));

function deploy(more: object = {}) {
  const written = {
    kind: 'webhook',
    url: `${base}/deploys`,
    statusUrl: `${base}/deploys/{id}`,
    token: 'secret',
  };
  const made = makeDeploy(deployOptions.parse({ ...written, ...more }));
  if (made === undefined) throw new Error('a webhook is a deploy');
  return made;
}

deployContract('webhook', async () => {
  const system = await startDeployHook(secretToken);
  const at = `${system.url}/deploys`;
  const make = () => deploy({ url: at, statusUrl: `${at}/{id}`, token: secretToken });
  return deployWorld(system, make, 'in-doubt');
});

describe('a deploy by webhook', () => {
  test('is started by one call that carries the release as its key', async () => {
    answer = { status: 202, body: '{"id":"d-1"}' };
    expect(await deploy().start(job, never)).toEqual({ ok: true, id: 'd-1' });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        path: '/deploys',
        headers: { 'idempotency-key': 'r-17', authorization: 'Bearer secret' },
      },
    ]);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(job);
  });

  test.each([
    [503, '', true],
    [429, '', true],
    [425, '', true],
    [408, '', true],
    [400, '', false],
    [302, '', false],
  ])('answered with %i "%s" has not started (again: %s)', async (status, body, retryable) => {
    answer = { status, body };
    expect(await deploy().start(job, never)).toMatchObject({ ok: false, retryable });
    expect(seen).toHaveLength(1);
  });

  test('that is asked to come later says when', async () => {
    answer = { status: 503, body: '', headers: { 'retry-after': '60' } };
    expect(await deploy().start(job, never)).toMatchObject({ retryable: true, afterMs: 60_000 });
  });

  test.each([500, 502, 504])(
    'answered with %i may have been started, and is not started again',
    async (status) => {
      answer = { status, body: 'upstream <html>' };
      expect(await deploy().start(job, never)).toEqual({
        ok: false,
        reason: `deploy webhook answered ${status}: upstream <html>; it may have been started`,
        retryable: false,
        mayRun: true,
      });
    },
  );

  test('that is not answered in time may have been started: one call, with a deadline of its own', async () => {
    answer = { status: 202, body: '{"id":"late"}', afterMs: 600 };
    const started = await deploy({ startDeadline: '300ms' }).start(job, never);
    expect(started).toMatchObject({ ok: false, retryable: false, mayRun: true });
    expect(started).toMatchObject({ reason: expect.stringContaining('no answer within 300 ms') as string });
    expect(seen).toHaveLength(1);
    expect(await deploy({ startDeadline: '20s' }).start(job, never)).toEqual({ ok: true, id: 'late' });
  });

  test('that is refused says why in the words of the answer', async () => {
    answer = { status: 422, body: '{"error":{"message":"no such image"}}' };
    expect(await deploy().start(job, never)).toMatchObject({
      reason: 'deploy webhook answered 422: no such image',
    });
    expect(await deploy().follow('1', never)).toMatchObject({
      message: 'deploy status answered 422: no such image',
    });
  });

  test('that nobody answers may be tried again', async () => {
    const nobody = deploy({ url: 'http://127.0.0.1:1/' });
    const reason = 'deploy webhook: connection refused';
    expect(await nobody.start(job, never)).toEqual({ ok: false, reason, retryable: true });
  });

  test('is followed by its id, encoded', async () => {
    answer = { status: 200, body: '{"state":"running","message":"2 of 5"}' };
    expect(await deploy().follow('a/b?c', never)).toEqual({ state: 'running', message: '2 of 5' });
    expect(seen[0]?.path).toBe('/deploys/a%2Fb%3Fc');
  });

  test.each(['succeeded', 'failed'] as const)('ends when it is said to have %s', async (state) => {
    answer = { status: 200, body: JSON.stringify({ state }) };
    expect(await deploy().follow('1', never)).toEqual({ state });
  });

  test('says no more than 300 characters on one line', async () => {
    answer = { status: 200, body: JSON.stringify({ state: 'failed', message: `a\nb${'x'.repeat(400)}` }) };
    const { message = '' } = await deploy().follow('1', never);
    expect(message).toMatch(/^a bx+…$/);
    expect(message).toHaveLength(300);
  });

  test.each([
    [500, '', 'deploy status answered 500'],
    [200, '{"state":"paused"}', 'deploy status answered the state "paused", which is not in states'],
    [200, '{"state":1}', 'deploy status answered without a known "state"'],
    [200, 'ok', 'deploy status answered without a known "state"'],
  ])('runs on after a question that was answered with %i "%s"', async (status, body, message) => {
    answer = { status, body };
    expect(await deploy().follow('1', never)).toEqual({ state: 'running', message });
  });

  test.each([
    [200, 'ok', {}],
    [200, '{"id":""}', {}],
    [200, '{"id":".."}', {}],
    [200, '{"id":"location:/x"}', {}],
    [201, '', { location: 'https://elsewhere.example/queue/25' }],
    [201, '', { location: '//elsewhere.example/queue/25' }],
    [201, '', { location: 'http://[' }],
    [204, '', {}],
  ])('answered with %i "%s" %o was started and cannot be followed', async (status, body, headers) => {
    answer = { status, body, headers };
    const started = await deploy().start(job, never);
    expect(started).toMatchObject({ ok: false, retryable: false, mayRun: true });
    expect(started).toMatchObject({
      reason: expect.stringMatching(
        new RegExp(
          `^started, cannot be followed: the deploy webhook answered ${status} with no "id" and no Location`,
        ),
      ) as string,
    });
    expect(seen).toHaveLength(1);
  });

  test.each([201, 202, 204])('answered with %i and a Location is followed there', async (status) => {
    answer = { status, body: '', headers: { location: '/queue/item/25/?full=1' } };
    const made = deploy({ statusUrl: undefined });
    const started = await made.start(job, never);
    expect(started).toEqual({ ok: true, id: 'location:/queue/item/25/?full=1' });
    answer = { status: 200, body: '{"state":"running"}' };
    expect(await made.follow('location:/queue/item/25/?full=1', never)).toEqual({ state: 'running' });
    expect(await made.follow('location://elsewhere.example/x', never)).toEqual({ state: 'running' });
    expect(seen.slice(1)).toMatchObject([
      { path: '/queue/item/25/?full=1', headers: { authorization: 'Bearer secret' } },
      { path: '//elsewhere.example/x' },
    ]);
  });

  test('may name its id elsewhere, by a number of any length', async () => {
    answer = { status: 200, body: '{"run":{"id":12345678901234567890}}' };
    expect(await deploy({ idPath: 'run.id' }).start(job, never)).toEqual({
      ok: true,
      id: '12345678901234567890',
    });
  });

  test('may have states of its own', async () => {
    const made = deploy({
      states: { running: ['queued', 'running'], succeeded: ['done'], failed: ['error'] },
    });
    for (const [said, state] of [
      ['queued', 'running'],
      ['done', 'succeeded'],
      ['error', 'failed'],
    ]) {
      answer = { status: 200, body: JSON.stringify({ state: said }) };
      expect(await made.follow('1', never)).toEqual({ state });
    }
    expect(() => deploy({ states: { running: ['x'], failed: ['x'] } })).toThrow('the same state twice');
  });

  test('has the deadline that is written, else twenty minutes', () => {
    expect(deploy().deadlineMs).toBe(20 * 60_000);
    expect(deploy({ deadline: '1h' }).deadlineMs).toBe(60 * 60_000);
  });
});

describe('the check of a deploy by webhook', () => {
  test('connects, sends nothing, and does not claim to know about the token', async () => {
    expect(await deploy().doubts?.(never)).toEqual([]);
    expect(deploy().examined).toBe(`${base} can be reached; nothing was sent, so the token was not checked`);
    expect(await deploy({ url: base.replace('127.0.0.1', '[::ffff:127.0.0.1]') }).doubts?.(never)).toEqual(
      [],
    );
    expect(seen).toEqual([]);
  });

  test('names each place that cannot be reached, without the credentials and the path of its address', async () => {
    const doubts = await deploy({
      url: 'http://ann:hunter2@127.0.0.1:1/start?key=k3y',
      statusUrl: `${base.replace('http:', 'https:')}/{id}?key=k3y`,
    }).doubts?.(never);
    expect(doubts).toEqual([
      {
        what: 'http://127.0.0.1:1 cannot be reached: connection refused',
        fix: 'let this machine reach it (network, proxy, certificate), or correct deploy.url',
      },
      {
        what: `${base.replace('http:', 'https:')} cannot be reached: it does not use TLS on that port`,
        fix: expect.stringContaining('correct deploy.statusUrl') as string,
      },
    ]);
    expect(seen).toEqual([]);
  });

  test('finds a certificate that nobody vouches for, and a host that takes the connection and says nothing', async () => {
    const authority = makeAuthority();
    const secure = createSecureServer(authority.issue('localhost'));
    const port = await listen(secure);
    const at = `https://localhost:${port}`;
    expect(await deploy({ url: at, statusUrl: undefined }).doubts?.(never)).toMatchObject([
      {
        what: `${at} cannot be reached: its certificate is signed by an unknown authority; NODE_EXTRA_CA_CERTS can name it`,
      },
    ]);
    await closeServer(secure);
    authority.remove();
    const mute = createTcpServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const place = `https://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    expect(
      await deploy({ url: place, statusUrl: undefined }).doubts?.(AbortSignal.timeout(100)),
    ).toMatchObject([{ what: `${place} cannot be reached: no answer in time` }]);
    mute.close();
  });
});

describe('deploy options', () => {
  test('of none make no deploy', () => {
    expect(makeDeploy(deployOptions.parse({ kind: 'none' }))).toBeUndefined();
  });

  test.each([
    ['without a place for the id', 'http://deploys.example.com/status'],
    ['with the id as host', 'http://{id}.example.com/status'],
    ['with the id after the #', 'http://deploys.example.com/#{id}'],
    ['that is no URL', 'deploys/{id}'],
  ])('refuse a status URL %s', (_what, statusUrl) => {
    const written = { kind: 'webhook', url: 'http://deploys.example.com', statusUrl };
    expect(deployOptions.safeParse(written).success).toBe(false);
  });
});
