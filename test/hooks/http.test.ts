import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hookOptions, makeHook } from '../../src/hooks/index.ts';
import type { HookCall } from '../../src/release/ports.ts';
import { closeServer, listen } from '../support/listen.ts';
import { textOf } from '../support/router-server.ts';

const never = new AbortController().signal;
const body: HookCall = {
  service: 'checkout',
  release: 'r-17',
  version: '1.42.0',
  from: 'green',
  to: 'blue',
  step: 'before-switch',
  epoch: 17,
  actor: 'U1',
  reason: '',
};
const seen: { key: unknown; body: unknown }[] = [];
/** Statuses of the answers to come; `hang` never answers, `drop` closes the connection. The last one stays. */
let answers: (number | 'hang' | 'drop')[] = [];
/** Headers and body of the answers. */
let headers: Record<string, string> = {};
let words = '';
let url = '';
const server = createServer((request, response) => {
  void textOf(request).then((text) => {
    seen.push({ key: request.headers['idempotency-key'], body: JSON.parse(text) });
    const status = answers.length > 1 ? answers.shift() : answers[0];
    if (status === 'drop') request.socket.destroy();
    else if (typeof status === 'number') response.writeHead(status, headers).end(words);
  });
});
beforeAll(async () => {
  url = `http://127.0.0.1:${await listen(server)}/hooks/warm?key=secret`;
});
beforeEach(() => {
  seen.length = 0;
  words = '';
  headers = {};
});
afterAll(() => closeServer(server));

const hook = (more: object = {}) => makeHook(hookOptions.parse({ at: 'before-switch', url, ...more }));
const call = (more: object = {}, signal = never) => hook(more).call(body, 'r-17/before-switch', signal);

describe('a hook', () => {
  test('is called once with its body and key, and passes with 2xx', async () => {
    answers = [204];
    expect(await call()).toEqual({ ok: true });
    expect(seen).toEqual([{ key: 'r-17/before-switch', body }]);
  });

  test('stops on failure unless its settings say warn', () => {
    expect(hook().onFailure).toBe('stop');
    expect(hook({ onFailure: 'warn' }).onFailure).toBe('warn');
  });

  test('is named without its query', () => {
    expect(hook().name).toMatch(/^127\.0\.0\.1:\d+\/hooks\/warm$/);
  });

  test('is called again after 5xx and after a broken connection, with the same key', async () => {
    answers = [503, 'drop', 200];
    expect(await call()).toEqual({ ok: true });
    expect(seen.map(({ key }) => key)).toEqual(Array(3).fill('r-17/before-switch'));
  });

  test.each([408, 425, 429])('answered with %i is called again, with the same key', async (status) => {
    answers = [status, status, 200];
    expect(await call()).toEqual({ ok: true });
    expect(seen.map(({ key }) => key)).toEqual(Array(3).fill('r-17/before-switch'));
  });

  test.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2_000).toUTCString()],
  ])('waits as long as it is asked to, in %s', async (_how, after) => {
    answers = [429, 200];
    headers = { 'retry-after': after() };
    const startedAt = performance.now();
    expect(await call()).toEqual({ ok: true });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(seen).toHaveLength(2);
  });

  test.each(['soon', '-1', '', '1.5', '999999999999999'])(
    'does not mind a Retry-After of "%s"',
    async (after) => {
      answers = [503, 200];
      headers = { 'retry-after': after };
      expect(await call()).toEqual({ ok: true });
    },
  );

  test('that asks to wait longer than its deadline fails at once, and says so', async () => {
    answers = [429];
    headers = { 'retry-after': '120' };
    expect(await call({ deadline: '1h' }, AbortSignal.timeout(1_000))).toMatchObject({ ok: false });
    expect(seen).toHaveLength(1);
    expect(await call({ deadline: '1m' })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(
        /answered 429 \(it asks to wait 2 min; its deadline is 1 min\)$/,
      ) as string,
    });
    expect(seen).toHaveLength(2);
  });

  test.each([400, 404, 302])('answered with %i fails at once', async (status) => {
    answers = [status];
    expect(await call()).toMatchObject({ ok: false, reason: expect.stringMatching(`answered ${status}$`) });
    expect(seen).toHaveLength(1);
  });

  test('that fails says why in the words of its answer, also after its last try', async () => {
    words = '{"message":"smoke test 3 of 9 failed: cart total is 0"}';
    answers = [422];
    const reason = /answered 422: smoke test 3 of 9 failed: cart total is 0$/;
    expect(await call()).toMatchObject({ ok: false, reason: expect.stringMatching(reason) as string });
    answers = [503];
    expect(await call({ deadline: '300ms' })).toMatchObject({
      reason: expect.stringContaining('cart total is 0 (tried for 300 ms)') as string,
    });
  });

  test('that only fails is given up at its deadline with its last answer', async () => {
    answers = [500];
    const startedAt = performance.now();
    const result = await call({ deadline: '700ms' });
    expect(result).toMatchObject({
      ok: false,
      reason: expect.stringContaining('answered 500 (tried for 700 ms)'),
    });
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(seen.length).toBeGreaterThan(1);
  });

  test('that hangs is given up at its deadline', async () => {
    answers = ['hang'];
    const result = await call({ deadline: '200ms' });
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('no answer within') });
    expect(seen).toHaveLength(1);
  });

  test('ends at once when it is stopped', async () => {
    answers = ['hang'];
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const startedAt = performance.now();
    expect(await call({}, stop.signal)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('stopped'),
    });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test('never shows the query when something goes wrong', async () => {
    answers = [400];
    expect(JSON.stringify(await call())).not.toContain('secret');
    const gone = 'http://user:secret@127.0.0.1:1/hook?key=secret';
    expect(JSON.stringify(await call({ url: gone, deadline: '100ms' }))).not.toContain('secret');
  });
});
