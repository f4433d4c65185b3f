/** Who has no secret keeps nobody out who has one. */
import { describe, expect, test } from 'vitest';
import { openRoute, routeToken, signedBy } from '../support/alert-route.ts';
import { alertmanagerBody } from '../support/alerts.ts';
import { until } from '../support/until.ts';

const own = JSON.stringify({
  schema: 'switchback-1',
  group: 'g',
  alerts: [{ id: 'e', status: 'firing', title: 't', since: '2026-11-20T22:46:31Z' }],
});
const ownPath = '/hooks/alerts/own';
const grafana = JSON.stringify({ ...alertmanagerBody('g', [{}]), version: '1', orgId: 1 });
const grafanaPath = '/hooks/alerts/graf';
const bearer = { authorization: `Bearer ${routeToken}` };
const now = () => String(Math.floor(Date.now() / 1_000));
const digest = '0'.repeat(64);

describe('a signed source', () => {
  test('takes valid bodies while 200 strangers announce 1 MiB each, and send one byte', async () => {
    const { begin, send } = await openRoute();
    for (let i = 0; i < 100; i += 1) {
      begin(ownPath, { 'x-switchback-timestamp': now(), 'x-switchback-signature': `v1=${digest}` });
      begin(grafanaPath, { 'x-grafana-alerting-signature': digest });
    }
    for (let i = 0; i < 3; i += 1) {
      expect(await send(own, { path: ownPath, headers: signedBy(own) })).toEqual([202, 'stored\n']);
      expect(await send(grafana, { path: grafanaPath, headers: bearer })).toEqual([202, 'stored\n']);
    }
  });

  test('puts strangers out who fill its room, and takes the bodies of its senders', async () => {
    const { begin, send } = await openRoute();
    const nearly = 'x'.repeat(1024 * 1024 - 1);
    const headers = { 'x-switchback-timestamp': now(), 'x-switchback-signature': `v1=${digest}` };
    const strangers = Array.from({ length: 24 }, () => begin(ownPath, headers, nearly));
    await until('some are put out', () => strangers.filter(({ heard }) => heard !== '').length >= 8);
    expect(await send(own, { path: ownPath, headers: signedBy(own) })).toEqual([202, 'stored\n']);
    const [out] = strangers.filter(({ heard }) => heard !== '');
    expect(out?.heard).toMatch(/^HTTP\/1\.1 503 /);
    expect(out?.heard).toMatch(/retry-after: 1\r\n/i);
    await until('their connections are closed', () =>
      strangers.every(({ heard, socket }) => heard === '' || socket.destroyed || socket.readableEnded),
    );
    // One more goes for the sender's own body, unless some of theirs was still on its way when that came.
    expect([15, 16]).toContain(strangers.filter(({ heard }) => heard === '').length);
  });

  test.each([
    ['nothing', ownPath, {}],
    ['a bearer', ownPath, bearer],
    ['a signature without its timestamp', ownPath, { 'x-switchback-signature': `v1=${digest}` }],
    ['a timestamp alone', ownPath, { 'x-switchback-timestamp': now() }],
    [
      'a timestamp of yesterday',
      ownPath,
      {
        'x-switchback-timestamp': String(Number(now()) - 86_400),
        'x-switchback-signature': `v1=${digest}`,
      },
    ],
    [
      'a signature of another form',
      ownPath,
      { 'x-switchback-timestamp': now(), 'x-switchback-signature': digest },
    ],
    ['a short signature', ownPath, { 'x-switchback-timestamp': now(), 'x-switchback-signature': 'v1=00' }],
    ['a signature of Grafana that is none', grafanaPath, { 'x-grafana-alerting-signature': '0' }],
    [
      'a timestamp of Grafana that is none',
      grafanaPath,
      { 'x-grafana-alerting-signature': digest, 'x-grafana-alerting-timestamp': 'now' },
    ],
  ])('answers 401 to %s before anything of the body is read', async (_what, path, headers) => {
    const { begin } = await openRoute();
    const begun = begin(path, headers, '');
    await until('it is answered', () => begun.heard !== '');
    expect(begun.heard).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('says in the log how far off the time of a refused signature is', async () => {
    const { send, warned } = await openRoute();
    const late = { ...signedBy(own), 'x-switchback-timestamp': String(Number(now()) - 720) };
    expect((await send(own, { path: ownPath, headers: late }))[0]).toBe(401);
    expect(warned[0]?.facts['clockOffSeconds']).toBeLessThan(-700);
  });

  test('answers 401 to a wrong signature however large the body is, and 413 to a right one', async () => {
    const { send } = await openRoute();
    const large = 'x'.repeat(3 * 1024 * 1024);
    expect((await send(large, { path: ownPath }))[0]).toBe(401);
    expect((await send(large, { path: ownPath, headers: signedBy(large, 'wrong') }))[0]).toBe(401);
    expect((await send(large, { path: ownPath, headers: signedBy(large) }))[0]).toBe(413);
  });

  test('keeps a short body that comes slowly while strangers send at full speed', async () => {
    const { begin } = await openRoute();
    const slow = begin(ownPath, { ...signedBy(own), 'content-length': String(own.length) }, own.slice(0, 50));
    const headers = { 'x-switchback-timestamp': now(), 'x-switchback-signature': `v1=${digest}` };
    const nearly = 'x'.repeat(1024 * 1024 - 1);
    const strangers = Array.from({ length: 40 }, () => begin(ownPath, headers, nearly));
    await until('some are put out', () => strangers.filter(({ heard }) => heard !== '').length >= 20);
    expect(slow.heard).toBe('');
    slow.socket.write(own.slice(50));
    await until('it is answered', () => slow.heard !== '');
    expect(slow.heard).toMatch(/^HTTP\/1\.1 202 /);
  });

  test('counts what it has found authentic as of its sender, and frees it when it is stored', async () => {
    let release = (): void => {};
    const stored = new Promise<void>((resolve) => {
      release = resolve;
    });
    let inside = 0;
    const { send } = await openRoute({
      async take() {
        inside += 1;
        await stored;
      },
    });
    const large = own + ' '.repeat(1024 * 1024 - own.length);
    const deliver = () => send(large, { path: ownPath, headers: signedBy(large) });
    const waiting: Promise<[number, string]>[] = [];
    // One after the other: what arrives at once may be more than strangers have room for.
    for (let i = 1; i <= 32; i += 1) {
      waiting.push(deliver());
      await until('it is being stored', () => inside === i);
    }
    expect(await deliver()).toEqual([503, 'too many at once\n']);
    release();
    expect((await Promise.all(waiting)).every(([status]) => status === 202)).toBe(true);
    expect(await deliver()).toEqual([202, 'stored\n']);
  });
});

/** As SNS will: what proves a body is asked for elsewhere, and a first body asks to be confirmed. */
test('a source may ask elsewhere whether a body is authentic, and answer what is no alert', async () => {
  const asked: string[] = [];
  const { send, taken } = await openRoute({
    make: () => ({
      authentic({ headers }) {
        if (headers['x-kind'] === undefined) return false;
        let body = '';
        return {
          write(piece) {
            body += piece.toString();
          },
          async end() {
            await new Promise((resolve) => setImmediate(resolve));
            asked.push(body);
            return body.includes('signed');
          },
        };
      },
      async read(json, headers) {
        await new Promise((resolve) => setImmediate(resolve));
        if (headers['x-kind'] === 'confirmation') return { ok: true, delivery: null };
        return { ok: false, mistake: `${Object.keys(json).join()}: is wrong` };
      },
    }),
  });
  expect((await send({ signed: 1 }))[0]).toBe(401);
  expect(asked).toEqual([]);
  expect(await send({ other: 1 }, { headers: { 'x-kind': 'alert' } })).toEqual([401, 'not authentic\n']);
  expect(await send({ signed: 1 }, { headers: { 'x-kind': 'alert' } })).toEqual([400, 'signed: is wrong\n']);
  expect(await send({ signed: 1 }, { headers: { 'x-kind': 'confirmation' } })).toEqual([
    202,
    'nothing to store\n',
  ]);
  expect(taken).toEqual([]);
});

test('the bot reads large bodies one after the other, and short ones meanwhile', async () => {
  let inside = 0;
  let most = 0;
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { send } = await openRoute({
    make: () => ({
      authentic: () => true,
      async read(json) {
        if ('short' in json) return { ok: true, delivery: null };
        inside += 1;
        most = Math.max(most, inside);
        await gate;
        inside -= 1;
        return { ok: true, delivery: null };
      },
    }),
  });
  const large = Array.from({ length: 10 }, () => send({ filler: 'x'.repeat(100_000) }));
  await until('one is being read', () => inside === 1);
  expect(await send({ short: true })).toEqual([202, 'nothing to store\n']);
  go();
  for (const [status] of await Promise.all(large)) expect(status).toBe(202);
  expect(most).toBe(1);
});
