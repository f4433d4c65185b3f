/** Writes that wait in a real HAProxy with the Lua file of this repository. */
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHold } from '../../src/routers/haproxy-hold.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import type { WriteHold } from '../../src/release/write-hold.ts';
import { type HaproxyServer, startHaproxy } from '../support/haproxy.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';
import { until } from '../support/until.ts';

const lua = 'haproxy/switchback.lua';
const never = new AbortController().signal;
let colors: SampleColor[];
let haproxy: HaproxyServer;
let plain: HaproxyServer;

beforeAll(async () => {
  colors = [await startColor('blue', 'v1'), await startColor('green', 'v2')];
  const [blue, green] = colors.map(({ port }) => port);
  const ports = { blue: blue ?? 0, green: green ?? 0 };
  haproxy = await startHaproxy({ checkout: ports, other: ports }, { lua });
  plain = await startHaproxy({ checkout: ports });
});
afterAll(() => Promise.all([haproxy.stop(), plain.stop(), ...colors.map((color) => color.stop())]));

function holdOf(server: HaproxyServer, maxMs = 3_000): WriteHold {
  const writes = { mode: 'hold' as const, methods: ['POST', 'PUT'], max: maxMs };
  const router = makeRouter(routerOptions.parse(server.options('checkout')), { writes });
  if (!router.writes) throw new Error('no hold');
  return router.writes;
}

interface Seen {
  status: number | undefined;
  retryAfter: string | undefined;
  color: string | undefined;
}

function ask(method: 'GET' | 'POST' | 'DELETE', key = 'checkout'): { seen: Seen; done: Promise<Seen> } {
  const seen: Seen = { status: undefined, retryAfter: undefined, color: undefined };
  const done = request(haproxy.frontend(key), { method, ...(method === 'POST' && { body: 'row' }) }).then(
    async ({ statusCode, headers, body }) => {
      await body.dump();
      Object.assign(seen, {
        status: statusCode,
        retryAfter: headers['retry-after'],
        color: headers['x-color'],
      });
      return seen;
    },
  );
  return { seen, done };
}

describe('a hold of writes in HAProxy', () => {
  it('lets writes wait until its end, and they go to where the map points then; all else goes on', async () => {
    const hold = holdOf(haproxy);
    expect(await hold.hold('h1', never)).toEqual([{ instance: haproxy.tcp, held: true }]);
    const [write, other] = [ask('POST'), ask('POST', 'other')];
    expect((await ask('GET').done).status).toBe(200);
    expect((await ask('DELETE').done).status).toBe(200);
    expect((await other.done).status).toBe(200);
    await until('the write waits', async () =>
      (await haproxy.command('switchback writes checkout')).includes('waiting=1'),
    );
    expect(write.seen.status).toBeUndefined();
    await haproxy.command(`set map ${haproxy.map} checkout checkout_green`);
    const held = await hold.release('h1', never);
    expect(held).toMatchObject({ requests: 1, refused: 0 });
    expect(await write.done).toMatchObject({ status: 200, color: 'green' });
    await haproxy.command(`set map ${haproxy.map} checkout checkout_blue`);
  });

  it('ends by itself, when who began it is gone: waiting writes get 503, later ones pass', async () => {
    const hold = holdOf(haproxy, 300);
    await hold.hold('h2', never);
    const write = await ask('POST').done;
    expect(write).toMatchObject({ status: 503, retryAfter: '1' });
    expect((await ask('POST').done).status).toBe(200);
    expect(await hold.release('h2', never)).toMatchObject({ requests: 1, refused: 1, ms: 300 });
  });

  it('is not begun again by the same name, nor ended by another one', async () => {
    const hold = holdOf(haproxy);
    await hold.hold('h3', never);
    await hold.hold('h3', never);
    expect(await hold.release('h4', never)).toBeUndefined();
    const write = ask('POST');
    await until('the write waits', async () =>
      (await haproxy.command('switchback writes checkout')).includes('waiting=1'),
    );
    await hold.release('h3', never);
    expect((await write.done).status).toBe(200);
  });

  it('is gone after a reload, so no write waits for a process that is new', async () => {
    await holdOf(haproxy, 5_000).hold('h5', never);
    await haproxy.reload();
    expect((await ask('POST').done).status).toBe(200);
  });

  it('names what HAProxy lacks, and a promote is refused for it, never a revert', async () => {
    const writes = { mode: 'hold' as const, methods: ['POST'], max: 1_000 };
    const router = makeRouter(routerOptions.parse(plain.options('checkout')), { writes });
    expect(await router.ready('green', never)).toMatchObject([
      { stopsPromotes: true, detail: 'HAProxy has not loaded haproxy/switchback.lua (lua-load)' },
    ]);
    expect(await router.doubts?.(never)).toMatchObject([
      { fix: expect.stringContaining('held-writes') as string },
    ]);
  });
});

it.each([
  ['', 'HAProxy answered ""'],
  ['holding id=x', 'HAProxy answered "holding id=x"'],
  [
    'holding id=x ms=-1 waited=0 waiting=0 refused=0 denial=none seen=0',
    'HAProxy answered "holding id=x ms=-1',
  ],
  ['x'.repeat(5_000), 'HAProxy answered "xxx'],
])('an answer that is none is an error: %j', (text, why) => {
  expect(readHold(text)).toMatchObject({ why: expect.stringContaining(why) as string });
});
