import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeProbe, probeOptions } from '../../src/probes/http.ts';
import { type HaproxyServer, startHaproxy } from '../support/haproxy.ts';
import { closeServer, listen } from '../support/listen.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';

const never = new AbortController().signal;
const versions = { blue: '1.0.0', green: '2.0.0' };
let blue: SampleColor;
let green: SampleColor;
let haproxy: HaproxyServer;
beforeAll(async () => {
  blue = await startColor('blue', '1.0.0');
  green = await startColor('green', '2.0.0');
  haproxy = await startHaproxy({ checkout: { blue: blue.port, green: green.port, live: 'green' } });
});
beforeEach(async () => {
  green.requests.length = 0;
  await green.revive();
});
afterAll(async () => {
  await haproxy.stop();
  await Promise.all([blue.stop(), green.stop()]);
});

const probe = (more: object) =>
  makeProbe(probeOptions.parse({ url: `${haproxy.frontend('checkout')}/version`, ...more }));

describe('a probe through the router', () => {
  test('knows the color by its header, with as many requests as are written', async () => {
    const before = green.connections();
    const asked = probe({ colorHeader: 'X-Color', requests: 4 });
    expect(await asked.ask('green', { blue: undefined, green: undefined }, never)).toEqual({
      verdict: 'same',
      detail: '4 of 4 answered by green',
    });
    expect(green.requests).toEqual(Array(4).fill('/version'));
    expect(green.connections() - before).toBe(4);
  });

  test('says which color answered instead', async () => {
    expect(await probe({ colorHeader: 'x-color' }).ask('blue', versions, never)).toEqual({
      verdict: 'other',
      detail: 'request 1 of 3: answered by green',
    });
  });

  test('knows the color by its version', async () => {
    const asked = probe({ versionPath: 'version' });
    expect(await asked.ask('green', versions, never)).toMatchObject({ verdict: 'same' });
    expect(await asked.ask('blue', versions, never)).toEqual({
      verdict: 'other',
      detail: 'request 1 of 3: answered by version 2.0.0, wanted 1.0.0',
    });
  });

  test.each([
    ['equal versions', { blue: '2.0.0', green: '2.0.0' }],
    ['an unknown version', { blue: '1.0.0', green: 'unknown' }],
    ['no version', { blue: '1.0.0', green: undefined }],
  ])('proves nothing with %s', async (_what, recorded) => {
    const asked = probe({ versionPath: 'version' });
    expect(await asked.ask('green', recorded, never)).toMatchObject({ verdict: 'proves-nothing' });
  });

  test('distinguishes colors of equal version by their header', async () => {
    const equal = { blue: '2.0.0', green: '2.0.0' };
    const asked = probe({ versionPath: 'version', colorHeader: 'x-color' });
    expect(await asked.ask('green', equal, never)).toMatchObject({ verdict: 'same' });
    expect(await asked.ask('blue', equal, never)).toMatchObject({ verdict: 'other' });
  });

  test('counts a request that the router could not pass on as not answered by the color', async () => {
    await green.die();
    const expected = { verdict: 'other', detail: expect.stringContaining('answered 503') };
    expect(await probe({ versionPath: 'version' }).ask('green', versions, never)).toMatchObject(expected);
    expect(await probe({ colorHeader: 'x-color' }).ask('green', versions, never)).toMatchObject(expected);
    const equal = { blue: '2.0.0', green: '2.0.0' };
    expect(await probe({ versionPath: 'version' }).ask('green', equal, never)).toMatchObject(expected);
  });

  test('counts a request without an answer as not answered by the color', async () => {
    const asked = probe({ url: 'http://127.0.0.1:1/', colorHeader: 'x-color' });
    expect(await asked.ask('green', versions, never)).toMatchObject({
      verdict: 'other',
      detail: 'request 1 of 3: connection refused',
    });
  });
});

describe('a probe of a strange server', () => {
  let respond: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => respond(request, response));
  let url = '';
  beforeAll(async () => {
    url = `http://127.0.0.1:${await listen(server)}/`;
  });
  afterAll(() => closeServer(server));
  const answers = (status: number, body: string, headers: Record<string, string | string[]> = {}) => {
    respond = (_request, response) => void response.writeHead(status, headers).end(body);
  };
  const ask = (more: object, recorded: { blue?: string; green?: string } = versions) =>
    makeProbe(probeOptions.parse({ url, requests: 1, ...more })).ask(
      'green',
      { blue: recorded.blue, green: recorded.green },
      never,
    );
  const same = { verdict: 'same' };
  const other = (wrong: string) => ({ verdict: 'other', detail: `request 1 of 1: ${wrong}` });

  test('compares the characters of a version at any place', async () => {
    const recorded = { blue: '1.1', green: '1.10' };
    answers(200, '{"build.version":1.10}');
    expect(await ask({ versionPath: 'build.version' }, recorded)).toMatchObject(same);
    answers(200, '{"build.version":1.1}');
    expect(await ask({ versionPath: 'build.version' }, recorded)).toEqual(
      other('answered by version 1.1, wanted 1.10'),
    );
    answers(200, 'x'.repeat(2_000_000), { 'x-version': '1.10' });
    expect(await ask({ versionHeader: 'X-Version' }, recorded)).toMatchObject(same);
    answers(200, '1.10\n');
    expect(await ask({ versionText: true }, recorded)).toMatchObject(same);
    answers(404, '1.10 <!channel>');
    expect(await ask({ versionText: true }, recorded)).toEqual(
      other('answered 404 something that is not a version: 1.10 <!channel>'),
    );
  });

  test('knows the color by a header that is there twice, as long as both say the same', async () => {
    answers(200, '', { 'x-color': ['green', 'green'] });
    expect(await ask({ colorHeader: 'x-color' })).toMatchObject(same);
    answers(200, '', { 'x-color': ['green', 'blue'] });
    expect(await ask({ colorHeader: 'x-color' })).toEqual(other('answered by green,blue'));
  });

  test('sends the headers that are written', async () => {
    respond = ({ headers }, response) => {
      response.setHeader('x-color', headers.host === 'shop.example' ? 'green' : 'blue');
      response.end();
    };
    const host = { headers: { Host: 'shop.example' }, colorHeader: 'x-color' };
    expect(await ask(host)).toMatchObject(same);
    expect(await ask({ colorHeader: 'x-color' })).toEqual(other('answered by blue'));
  });

  test('wants the status that is written, and says why it is another', async () => {
    const asked = { colorHeader: 'x-color', status: ['2xx', 404] };
    answers(503, '{"error":"warming up"}', { 'x-color': 'green' });
    expect(await ask(asked)).toEqual(other('answered 503, wanted 2xx or 404: warming up'));
    expect(await ask({ colorHeader: 'x-color' })).toMatchObject(same);
    answers(404, '', { 'x-color': 'green' });
    expect(await ask(asked)).toMatchObject(same);
    answers(503, '{"version":"2.0.0"}');
    expect(await ask({ versionPath: 'version', status: 503 })).toMatchObject(same);
  });

  test('wants what is expected in the answer', async () => {
    const asked = { colorHeader: 'x-color', expect: { path: 'status', oneOf: ['UP', 'ok'] } };
    answers(200, '{"status":"DOWN"}', { 'x-color': 'green' });
    expect(await ask(asked)).toEqual(other('says status "DOWN", wanted "UP" or "ok"'));
    answers(200, '{"status":"ok"}', { 'x-color': 'green' });
    expect(await ask(asked)).toMatchObject(same);
  });

  test('does not mind a large page when a header names the color', async () => {
    answers(200, 'x'.repeat(2_000_000), { 'x-color': 'green' });
    expect(await ask({ colorHeader: 'x-color' })).toMatchObject(same);
  });
});
