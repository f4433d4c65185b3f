import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { healthOptions, makeHealth } from '../../src/health/index.ts';
import type { HealthCheck } from '../../src/release/ports.ts';
import { closeServer, listen } from '../support/listen.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';

const never = new AbortController().signal;
let blue: SampleColor;
let green: SampleColor;
beforeAll(async () => {
  blue = await startColor('blue', '1.0.0');
  green = await startColor('green', '2.0.0');
});
beforeEach(async () => {
  Object.assign(blue.levers, { version: '1.0.0', slowMs: 0, fail: false, hang: false });
  blue.requests.length = 0;
  await blue.revive();
});
afterAll(() => Promise.all([blue.stop(), green.stop()]));

const make = (options: object, urls = { blue: { url: blue.url }, green: { url: green.url } }) =>
  makeHealth(healthOptions.parse(options), urls);
const http = (more: object = {}) => make({ kind: 'http', path: '/healthz', ...more });
const tcp = (more: object = {}) => make({ kind: 'tcp', port: blue.port, ...more });

/** What every kind of check does. */
const kinds: [string, (more?: object) => HealthCheck][] = [
  ['http', http],
  ['tcp', tcp],
];
describe.each(kinds)('a check by %s', (_kind, check) => {
  test('has the timing that is written, else the defaults', () => {
    expect(check()).toMatchObject({ intervalMs: 1000, successes: 3, deadlineMs: 60_000 });
    const written = { interval: '500ms', successes: 5, deadline: '2m' };
    expect(check(written)).toMatchObject({ intervalMs: 500, successes: 5, deadlineMs: 120_000 });
  });

  test('finds a color that answers healthy', async () => {
    expect(await check().ask('blue', undefined, never)).toMatchObject({ healthy: true });
  });

  test('finds a color that refuses connections unhealthy, and says so', async () => {
    await blue.die();
    const verdict = await check().ask('blue', undefined, never);
    expect(verdict).toMatchObject({ healthy: false, code: 'unhealthy' });
    expect(verdict).toMatchObject({ reason: expect.stringContaining('connection refused') });
  });

  test('ends when it is stopped, and never throws', async () => {
    blue.levers.hang = true;
    const verdict = await check().ask('blue', undefined, AbortSignal.abort());
    expect(verdict).toMatchObject({ healthy: false, code: 'unhealthy' });
  });
});

describe('a check by http', () => {
  test('says what was answered and what was wanted', async () => {
    blue.levers.fail = true;
    expect(await http().ask('blue', undefined, never)).toEqual({
      healthy: false,
      code: 'unhealthy',
      reason: 'GET /healthz answered 503, wanted 200: no connection to the database',
    });
    expect(await http({ status: 503 }).ask('blue', undefined, never)).toEqual({ healthy: true });
  });

  test('says that no answer came in time', async () => {
    blue.levers.hang = true;
    expect(await http({ timeout: '100ms' }).ask('blue', undefined, never)).toMatchObject({
      reason: 'GET /healthz: no answer within 100 ms',
    });
  });

  test('reports the version, and names both when it is another', async () => {
    const check = http({ versionPath: 'version' });
    expect(check.reportsVersion).toBe(true);
    expect(await check.ask('blue', '1.0.0', never)).toEqual({ healthy: true, version: '1.0.0' });
    expect(await check.ask('blue', undefined, never)).toEqual({ healthy: true, version: '1.0.0' });
    expect(await check.ask('green', '1.0.0', never)).toEqual({
      healthy: false,
      code: 'version-mismatch',
      version: '2.0.0',
      reason: 'GET /healthz reports version 2.0.0, wanted 1.0.0',
    });
  });

  test('is bad rather than of another version when the status is wrong', async () => {
    blue.levers.fail = true;
    const verdict = await http({ versionPath: 'version' }).ask('blue', '2.0.0', never);
    expect(verdict).toMatchObject({ code: 'unhealthy' });
  });

  test('without the version in the answer is bad', async () => {
    const verdict = await http({ versionPath: 'build.version' }).ask('blue', '1.0.0', never);
    expect(verdict).toMatchObject({
      code: 'unhealthy',
      reason: 'GET /healthz answered without "build.version"',
    });
  });

  test('keeps the path of the color’s URL, and queries out of words', async () => {
    const base = { url: `${blue.url}/shop/` };
    const check = make({ kind: 'http', path: '/healthz?key=secret' }, { blue: base, green: base });
    await check.ask('blue', undefined, never);
    expect(blue.requests).toEqual(['/shop/healthz?key=secret']);
    expect(check.name).toBe('GET /healthz');
  });

  test('uses a new connection each time, so that none that was closed meanwhile is blamed', async () => {
    const before = blue.connections();
    await http().ask('blue', undefined, never);
    await blue.die();
    await blue.revive();
    expect(await http().ask('blue', undefined, never)).toEqual({ healthy: true });
    expect(blue.connections() - before).toBe(2);
  });

  describe('of a strange server', () => {
    let body = '';
    let status = 200;
    let headers: Record<string, string | string[]> = {};
    let asked: Record<string, unknown> = {};
    beforeEach(() => {
      headers = {};
    });
    const server = createServer((request, response) => {
      asked = request.headers;
      response.writeHead(status, { location: blue.url, ...headers }).end(body);
    });
    let url = '';
    beforeAll(async () => {
      url = `http://127.0.0.1:${await listen(server)}`;
    });
    afterAll(() => closeServer(server));
    const strange = (more: object) =>
      make({ kind: 'http', path: '/', ...more }, { blue: { url }, green: { url } });

    test('follows no redirect', async () => {
      [status, body] = [302, ''];
      expect(await strange({}).ask('blue', undefined, never)).toMatchObject({
        reason: 'GET / answered 302, wanted 200',
      });
    });

    test('says why in the words of its answer, whether a version is read or not', async () => {
      [status, body] = [503, '{"status":"DOWN","message":"no connection to the database"}'];
      const reason = 'GET / answered 503, wanted 200: no connection to the database';
      expect(await strange({}).ask('blue', '1', never)).toMatchObject({ reason });
      expect(await strange({ versionPath: 'version' }).ask('blue', '1', never)).toMatchObject({ reason });
    });

    test('does not mind a large page, unless it must read it', async () => {
      const filled = (length: number) => `{"filler":"${'x'.repeat(length)}","version":"1"}`;
      [status, body] = [200, filled(1_000_000)];
      const reads = strange({ versionPath: 'version', timeout: '20s' });
      expect(await strange({}).ask('blue', undefined, never)).toEqual({ healthy: true });
      expect(await reads.ask('blue', '1', never)).toEqual({ healthy: true, version: '1' });
      body = filled(1_048_576);
      expect(await strange({}).ask('blue', undefined, never)).toEqual({ healthy: true });
      expect(await reads.ask('blue', '1', never)).toMatchObject({
        reason: 'GET /: answer larger than 1024 kB',
      });
    });

    test.each([
      ['<html>', 'GET / answered something that is not JSON'],
      ['null', 'GET / answered without "a.0.b"'],
      ['{"a":[{"b":true}]}', 'GET / answered with something at "a.0.b" that is neither text nor a number'],
      ['{"a":[{"b":{}}]}', 'GET / answered with something at "a.0.b" that is neither text nor a number'],
      ['{"a":[{"b":null}]}', 'GET / answered without "a.0.b"'],
    ])('calls %s bad when it must name a version', async (text, reason) => {
      [status, body] = [200, text];
      expect(await strange({ versionPath: 'a.0.b' }).ask('blue', '7', never)).toMatchObject({ reason });
    });

    test('takes a number for a version as it is written, also in a list', async () => {
      [status, body] = [200, '{"a":[{"b":1.10}]}'];
      const check = strange({ versionPath: 'a.0.b' });
      expect(await check.ask('blue', '1.10', never)).toEqual({ healthy: true, version: '1.10' });
      expect(await check.ask('blue', '1.1', never)).toMatchObject({ code: 'version-mismatch' });
    });

    test('takes the version from a header, and does not mind the body', async () => {
      [status, body] = [200, 'x'.repeat(2_000_000)];
      headers = { 'X-Version': ' 1.10 ' };
      const check = strange({ versionHeader: 'X-Version' });
      expect(check.reportsVersion).toBe(true);
      expect(await check.ask('blue', '1.10', never)).toEqual({ healthy: true, version: '1.10' });
      expect(await check.ask('blue', '1.1', never)).toMatchObject({ version: '1.10' });
      headers = { 'x-version': ['1', '2'] };
      expect(await check.ask('blue', '1', never)).toMatchObject({
        reason: 'GET / answered with several headers x-version',
      });
      headers = {};
      expect(await check.ask('blue', '1', never)).toMatchObject({
        code: 'unhealthy',
        reason: 'GET / answered without the header x-version',
      });
    });

    test('takes the whole answer for the version', async () => {
      const check = strange({ versionText: true });
      expect(check.reportsVersion).toBe(true);
      for (const text of ['1.10\n', '\uFEFF1.10\r\n', '"1.10"']) {
        [status, body] = [200, text];
        expect(await check.ask('blue', '1.10', never)).toEqual({ healthy: true, version: '1.10' });
      }
      for (const text of ['', 'version 1.10', '{"version":"1.10"}', '<html>', 'x'.repeat(129)]) {
        [status, body] = [200, text];
        expect(await check.ask('blue', '1.10', never)).toMatchObject({
          code: 'unhealthy',
          reason: expect.stringMatching(/^GET \/ answered something that is not a version/) as string,
        });
      }
      expect(strange({ versionText: false }).reportsVersion).toBe(false);
    });

    test('says what the page is that came instead of JSON', async () => {
      [status, body] = [200, '<!doctype html><title>Sign in</title>'];
      expect(await strange({ versionPath: 'version' }).ask('blue', '1', never)).toMatchObject({
        reason: 'GET / answered something that is not JSON: Sign in',
      });
    });

    test('sends the headers that are written, the host among them', async () => {
      [status, body] = [200, ''];
      const written = { Host: 'shop.example', 'X-Forwarded-Proto': 'https', accept: 'text/plain' };
      await strange({ headers: written }).ask('blue', '1', never);
      expect(asked).toMatchObject({
        host: 'shop.example',
        'x-forwarded-proto': 'https',
        accept: 'text/plain',
      });
    });

    test.each([
      [200, undefined, true],
      [204, undefined, false],
      [204, [200, 204], true],
      [204, '2xx', true],
      [204, ['2XX', '404'], true],
      [404, ['2xx', '404'], true],
      [301, ['2xx', 404], false],
    ])('answered with %i when %j is wanted is good: %s', async (answered, wanted, healthy) => {
      [status, body] = [answered, ''];
      const check = strange(wanted === undefined ? {} : { status: wanted });
      expect(await check.ask('blue', undefined, never)).toMatchObject({ healthy });
    });

    test('names all that is wanted', async () => {
      [status, body] = [500, ''];
      expect(await strange({ status: ['2xx', 404] }).ask('blue', undefined, never)).toMatchObject({
        reason: 'GET / answered 500, wanted 2xx or 404',
      });
    });

    test.each([
      ['{"status":"UP"}', { equals: 'UP' }, undefined],
      ['{"status":"DOWN"}', { equals: 'UP' }, 'GET / says status "DOWN", wanted "UP"'],
      ['{"status":"BACK UP"}', { oneOf: ['UP', 'ok'] }, 'GET / says status "BACK UP", wanted "UP" or "ok"'],
      ['{"status":"ok"}', { oneOf: ['UP', 'ok'] }, undefined],
      ['{"status":true}', { equals: true }, undefined],
      ['{"status":"true"}', { equals: true }, 'GET / says status "true", wanted true'],
      ['{"status":0}', { equals: 0 }, undefined],
      ['{"status":0}', { equals: false }, 'GET / says status 0, wanted false'],
      ['{"status":null}', { equals: null }, undefined],
      ['{"status":1.10}', { equals: '1.10' }, undefined],
      ['{"status":1.10}', { equals: '1.1' }, 'GET / says status 1.10, wanted "1.1"'],
      ['{"status":["UP"]}', { equals: 'UP' }, 'GET / says status ["UP"], wanted "UP"'],
      ['{"state":"UP"}', { equals: 'UP' }, 'GET / answered without "status"'],
      ['UP', { equals: 'UP' }, 'GET / answered something that is not JSON: UP'],
    ])('of %s with %j expected says %s', async (text, wanted, reason) => {
      [status, body] = [200, text];
      const verdict = await strange({ expect: { path: 'status', ...wanted } }).ask('blue', undefined, never);
      expect(verdict).toEqual(
        reason === undefined ? { healthy: true } : { healthy: false, code: 'unhealthy', reason },
      );
    });

    test('is bad rather than of another version when its answer is not what is expected', async () => {
      [status, body] = [200, '{"status":"DOWN","version":"1"}'];
      const check = strange({ expect: { path: 'status', equals: 'UP' }, versionPath: 'version' });
      expect(await check.ask('blue', '2', never)).toMatchObject({ code: 'unhealthy' });
      body = '{"status":"UP","version":"1"}';
      expect(await check.ask('blue', '2', never)).toMatchObject({ code: 'version-mismatch' });
    });

    test('reads nothing that every object has', async () => {
      [status, body] = [200, '{}'];
      expect(await strange({ versionPath: 'constructor.name' }).ask('blue', 'Object', never)).toMatchObject({
        healthy: false,
      });
    });

    test('keeps control characters and great length out of the words', async () => {
      [status, body] = [200, JSON.stringify({ version: `a\n\u202eb${'x'.repeat(500)}` })];
      const verdict = await strange({ versionPath: 'version' }).ask('blue', '1', never);
      const reason = 'reason' in verdict ? verdict.reason : '';
      expect(reason).toMatch(/reports version a bx+…, wanted 1$/);
      expect(reason.length).toBeLessThan(200);
    });
  });
});

describe('a check by tcp', () => {
  test('goes to its port on the host of the color’s URL', async () => {
    const server = createTcpServer((socket) => void socket.write('220 hello'));
    const port = await listen(server);
    const check = make(
      { kind: 'tcp', port },
      { blue: { url: 'http://127.0.0.1:1' }, green: { url: green.url } },
    );
    expect(check.name).toBe(`tcp :${port}`);
    expect(await check.ask('blue', '1.0.0', never)).toEqual({ healthy: true });
    await new Promise((resolve) => server.close(resolve));
    expect(await check.ask('blue', '1.0.0', never)).toMatchObject({
      reason: `tcp :${port}: connection refused`,
    });
  });

  const closedAtOnce = 'the connection was closed at once';
  test.each<[string, (socket: Socket) => void, string | undefined]>([
    ['closes it at once', (socket) => socket.end(), closedAtOnce],
    ['resets it at once', (socket) => socket.resetAndDestroy(), closedAtOnce],
    ['closes it a moment later', (socket) => setTimeout(() => socket.end(), 80), closedAtOnce],
    ['waits to be asked', () => {}, undefined],
    ['speaks first', (socket) => void socket.write('220 shop ready\r\n'), undefined],
    ['speaks a moment later and closes', (socket) => setTimeout(() => socket.end('busy'), 80), undefined],
    ['speaks first and closes', (socket) => socket.end('Host is not allowed to connect'), undefined],
  ])('of a server that %s', async (_what, does, wrong) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      does(socket);
    });
    const port = await listen(server);
    const verdict = await make({ kind: 'tcp', port }).ask('blue', undefined, never);
    expect(verdict).toEqual(
      wrong === undefined
        ? { healthy: true }
        : { healthy: false, code: 'unhealthy', reason: `tcp :${port}: ${wrong}` },
    );
    await new Promise((resolve) => server.close(resolve));
  });

  test('of a proxy in front of a port where nothing listens is bad', async () => {
    const server = createTcpServer((socket) => {
      const behind = connect(1, '127.0.0.1', () => socket.pipe(behind).pipe(socket));
      behind.on('error', () => socket.destroy());
    });
    const port = await listen(server);
    const verdict = await make({ kind: 'tcp', port }).ask('blue', undefined, never);
    expect(verdict).toMatchObject({ healthy: false, reason: `tcp :${port}: ${closedAtOnce}` });
    await new Promise((resolve) => server.close(resolve));
  });

  test('whose timeout is short waits no longer than that', async () => {
    expect(await tcp({ timeout: '150ms' }).ask('blue', undefined, never)).toEqual({ healthy: true });
  });
});

describe('health options', () => {
  test.each([
    ['a path without a slash', { kind: 'http', path: 'healthz' }],
    ['a path to another host', { kind: 'http', path: '//evil.example' }],
    ['a path upwards', { kind: 'http', path: '/a/%2e%2E/b' }],
    ['a duration without a unit', { kind: 'http', path: '/', timeout: '2' }],
    ['a duration of nothing', { kind: 'tcp', port: 1, interval: '0s' }],
    ['a duration as a number', { kind: 'tcp', port: 1, deadline: 60 }],
    ['a port out of range', { kind: 'tcp', port: 65_536 }],
    ['an unknown key', { kind: 'tcp', port: 1, path: '/' }],
  ])('refuse %s', (_what, options) => {
    expect(healthOptions.safeParse(options).success).toBe(false);
  });
});
