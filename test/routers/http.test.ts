import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shownUrl } from '../../src/net/url.ts';
import { httpRouter, httpRouterOptions } from '../../src/routers/http.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { closeServer } from '../support/listen.ts';
import { startForwarder } from '../support/forwarder.ts';
import { type RouterServer, startRouterServer } from '../support/router-server.ts';
import { permit } from './contract.ts';

const never = new AbortController().signal;
let server: RouterServer;
beforeEach(async () => {
  server = await startRouterServer();
});
afterEach(() => server.stop());

const router = (more: object = {}) =>
  makeRouter(routerOptions.parse({ kind: 'http', url: server.url, token: server.token, ...more }));

const contradicts = expect.stringContaining('its answers contradict each other') as string;

describe('an HTTP router', () => {
  test('gets the color and the epoch that the record will have', async () => {
    await router().point('green', 17, permit());
    expect(server.writes).toMatchObject([{ color: 'green', epoch: 17 }]);
  });

  test('says the epoch that it last received, when it answers with one', async () => {
    await router().point('green', 17, permit());
    expect(await router().live(never)).toMatchObject([{ heading: 'green', epoch: 17 }]);
    server.levers.body = '{"color":"blue","epoch":"late"}';
    expect((await router().live(never))[0]).toEqual({
      instance: expect.any(String) as string,
      heading: 'blue',
    });
  });

  test('is as many instances as its host has addresses, each with its own request', async () => {
    const { hostname, port } = new URL(server.url);
    expect(hostname).toBe('127.0.0.1');
    const addresses = ['127.0.0.1', '127.0.0.2'];
    const find = async () => addresses.map((address) => ({ address, family: 4 }));
    const url = `http://router.internal:${port}/router`;
    const options = httpRouterOptions.parse({ kind: 'http', url, token: server.token });
    const second = createServer((request, response) => {
      second.emit('asked', request.method, request.headers.host);
      response.end('{"color":"blue"}');
    });
    const asked: unknown[][] = [];
    second.on('asked', (...what: unknown[]) => asked.push(what));
    second.listen(Number(port), '127.0.0.2');
    await once(second, 'listening');
    const both = httpRouter(options, find);
    expect(await both.point('green', 2, permit())).toMatchObject([
      { instance: `${shownUrl(url)} (127.0.0.1)`, outcome: 'taken' },
      { instance: `${shownUrl(url)} (127.0.0.2)`, outcome: 'taken' },
    ]);
    expect(server.writes).toHaveLength(1);
    expect(await both.live(never)).toMatchObject([{ heading: 'green' }, { heading: 'blue' }]);
    await both.point('blue', 3, permit(), [`${shownUrl(url)} (127.0.0.1)`]);
    expect(server.color).toBe('blue');
    const host = `router.internal:${port}`;
    expect(asked).toEqual([
      ['PUT', host],
      ['GET', host],
    ]);
    await closeServer(second);
  });

  test('is not taken at its word after a write that one of two behind its URL got', async () => {
    const other = await startRouterServer();
    const ports = [server, other].map(({ url }) => Number(new URL(url).port));
    const balancer = await startForwarder({ targets: ports });
    const both = router({ url: `http://127.0.0.1:${balancer.port}/router` });
    expect(await both.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    const seen = [await both.live(never), await both.live(never)].flat();
    expect(seen).toContainEqual(expect.objectContaining({ heading: 'unknown', detail: contradicts }));
    expect(seen).not.toContainEqual(expect.objectContaining({ heading: 'green' }));
    Object.assign(other, { color: 'green' });
    expect(await both.live(never)).toMatchObject([{ heading: 'green' }]);
    await Promise.all([balancer.stop(), other.stop()]);
  });

  test('may say which colors it could serve, and why not', async () => {
    server.levers.body = '{"color":"blue","ready":{"blue":true,"green":false},"reason":"no target group"}';
    expect(await router().ready('blue', never)).toMatchObject([{ ready: 'yes' }]);
    server.levers.body = '{"ready":{"blue":"yes","green":false,"red":1},"reason":"no target group"}';
    expect(await router().ready('green', never)).toMatchObject([
      { ready: 'no', detail: 'the router says that it could not serve green: no target group' },
    ]);
  });

  test.each([
    '{"color":"blue"}',
    '{"color":"blue","ready":"no"}',
    '{"color":"blue","ready":{"blue":false}}',
    '{"color":"blue","ready":{"green":"no"}}',
  ])('that answers with %s does not say whether it could serve green', async (body) => {
    server.levers.body = body;
    expect(await router().ready('green', never)).toMatchObject([{ ready: 'unknown' }]);
  });

  test('that answers 5xx to a write may or may not have taken it', async () => {
    server.levers.status = 503;
    expect(await router().point('green', 2, permit())).toMatchObject([
      { outcome: 'unclear', detail: 'answered 503' },
    ]);
    expect(server.writes).toHaveLength(1);
  });

  test('that refuses says why in the words of its answer', async () => {
    Object.assign(server.levers, { status: 409, body: 'another change is under way' });
    const detail = 'answered 409: another change is under way';
    expect(await router().point('green', 2, permit())).toMatchObject([{ outcome: 'refused', detail }]);
    expect(await router().live(never)).toMatchObject([{ heading: 'unknown', detail }]);
  });

  test('that answers 5xx to a question is unreachable', async () => {
    server.levers.status = 502;
    expect(await router().live(never)).toMatchObject([{ heading: 'unreachable', detail: 'answered 502' }]);
  });

  test.each([401, 404, 302])(
    'that answers %i is unknown, refuses, and is not followed elsewhere',
    async (status) => {
      server.levers.status = status;
      expect(await router().live(never)).toMatchObject([
        { heading: 'unknown', detail: `answered ${status}` },
      ]);
      expect(await router().point('green', 2, permit())).toMatchObject([{ outcome: 'refused' }]);
    },
  );

  test.each([
    ['no JSON', 'blue'],
    ['no color', '{}'],
    ['a color that is no text', '{"color":1}'],
    ['another letter case', '{"color":"Blue"}'],
  ])('that answers with %s is unknown', async (_what, body) => {
    server.levers.body = body;
    expect(await router().live(never)).toMatchObject([{ heading: 'unknown' }]);
  });

  test('that answers more than 64 kB is not read to the end', async () => {
    server.levers.body = JSON.stringify({ color: 'blue', filler: 'x'.repeat(70_000) });
    expect(await router().live(never)).toMatchObject([
      { heading: 'unreachable', detail: 'answer larger than 64 kB' },
    ]);
  });

  test('is named without credentials and query', () => {
    const url = 'http://user:secret@lb.example.com:8080/switch?key=secret';
    expect(router({ url }).instances).toEqual(['lb.example.com:8080/switch']);
  });

  test('that refuses the token says so without the token', async () => {
    const answers = await router({ token: 'wrong-secret' }).live(never);
    expect(answers).toMatchObject([{ heading: 'unknown', detail: 'answered 401' }]);
    expect(JSON.stringify(answers)).not.toContain('secret');
  });
});
