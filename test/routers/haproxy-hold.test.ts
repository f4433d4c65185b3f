/** Writes that wait in a real HAProxy with the Lua file of this repository. */
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHold } from '../../src/routers/haproxy-hold.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import type { WriteDenial, WriteHold } from '../../src/release/write-hold.ts';
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

function denialOf(server: HaproxyServer): WriteDenial {
  const writes = { mode: 'deny' as const, methods: ['POST', 'PUT'], max: 3_000 };
  const router = makeRouter(routerOptions.parse(server.options('checkout')), { writes });
  if (!router.denial) throw new Error('no denial');
  return router.denial;
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
    expect(await hold.release('h1', never)).toMatchObject({ held: { requests: 1, refused: 0 }, silent: [] });
    expect(await write.done).toMatchObject({ status: 200, color: 'green' });
    await haproxy.command(`set map ${haproxy.map} checkout checkout_blue`);
  });

  it('ends by itself when nobody releases it: waiting writes get 503, later ones pass', async () => {
    const hold = holdOf(haproxy, 300);
    await hold.hold('h2', never);
    const write = await ask('POST').done;
    expect(write).toMatchObject({ status: 503, retryAfter: '1' });
    expect((await ask('POST').done).status).toBe(200);
    expect(await hold.release('h2', never)).toMatchObject({
      held: { requests: 1, refused: 1, ms: 300 },
    });
  });

  it('is not begun again by the same name, nor ended by another one', async () => {
    const hold = holdOf(haproxy);
    await hold.hold('h3', never);
    await hold.hold('h3', never);
    expect(await hold.release('h4', never)).toEqual({ held: undefined, silent: [] });
    const write = ask('POST');
    await until('the write waits', async () =>
      (await haproxy.command('switchback writes checkout')).includes('waiting=1'),
    );
    await hold.release('h3', never);
    expect((await write.done).status).toBe(200);
  });

  it('that is over says so when it is begun again, and who did not answer is named', async () => {
    const hold = holdOf(haproxy, 100);
    await hold.hold('h6', never);
    await until('it is over', async () =>
      (await haproxy.command('switchback writes checkout')).startsWith('expired'),
    );
    expect(await hold.hold('h6', never)).toMatchObject([{ held: false, detail: 'HAProxy says "expired"' }]);
    const options = { ...haproxy.options('checkout'), address: [haproxy.tcp, 'tcp://127.0.0.1:1'] };
    const writes = { mode: 'hold' as const, methods: ['POST'], max: 1_000 };
    const both = makeRouter(routerOptions.parse(options), { writes });
    expect(await both.writes?.release('h6', never)).toMatchObject({
      held: { requests: 0 },
      silent: ['tcp://127.0.0.1:1'],
    });
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

describe('a denial of writes in HAProxy', () => {
  const statusOf = async (): Promise<number | undefined> => (await ask('POST').done).status;

  it('gives writes an error at once until they are allowed by the same name; all else goes on', async () => {
    const denial = denialOf(haproxy);
    expect(await denial.deny('d1', 20_000, never)).toEqual([
      { instance: haproxy.tcp, held: true, forMs: expect.any(Number) as number },
    ]);
    expect(await ask('POST').done).toMatchObject({ status: 503, retryAfter: '20' });
    expect((await ask('GET').done).status).toBe(200);
    expect((await ask('DELETE').done).status).toBe(200);
    expect((await ask('POST', 'other').done).status).toBe(200);
    expect(await denial.allow('d2', never)).toMatchObject([{ held: false }]);
    expect(await statusOf()).toBe(503);
    expect(await denial.allow('d1', never)).toMatchObject([{ held: false }]);
    expect(await statusOf()).toBe(200);
  });

  it('ends by itself, and is longer when it is renewed; one that was over begins again', async () => {
    const denial = denialOf(haproxy);
    const forMs = async (ms: number): Promise<number> =>
      (await denial.deny('d3', ms, never))[0]?.forMs ?? Number.NaN;
    const startedAt = performance.now();
    expect(await forMs(300)).toBe(0);
    await forMs(1_000);
    await until('writes go on', async () => (await statusOf()) === 200);
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(await forMs(20_000)).toBe(0);
    await until('it says for how long it denies them', async () => (await forMs(20_000)) > 0);
    await haproxy.reload();
    expect(await statusOf()).toBe(200);
    // The name is the same, and the process is new.
    expect(await forMs(20_000)).toBe(0);
    await denial.allow('d3', never);
  });

  it('that no request comes through stops a promote; a hold is only doubted', async () => {
    const unused = await startHaproxy({ checkout: { blue: 1, green: 2 } }, { lua });
    try {
      const readyWith = async (mode: 'hold' | 'deny'): Promise<unknown> => {
        const writes = { mode, methods: ['POST'], max: 1_000 };
        const router = makeRouter(routerOptions.parse(unused.options('checkout')), { writes });
        expect(await router.doubts?.(never)).toMatchObject([
          { what: expect.stringContaining('no request has come through') as string },
        ]);
        return router.ready('green', never);
      };
      expect(await readyWith('deny')).toMatchObject([{ ready: 'yes', stopsPromotes: true }]);
      expect(await readyWith('hold')).toEqual([{ instance: unused.tcp, ready: 'yes' }]);
    } finally {
      await unused.stop();
    }
  });

  it('is not said to hold where HAProxy cannot deny writes, or does not answer', async () => {
    expect(await denialOf(plain).deny('d4', 1_000, never)).toMatchObject([
      { held: false, detail: 'HAProxy has not loaded haproxy/switchback.lua (lua-load)' },
    ]);
    const gone = makeRouter(
      routerOptions.parse({ ...plain.options('checkout'), address: ['tcp://127.0.0.1:1'] }),
      { writes: { mode: 'deny', methods: ['POST'], max: 1_000 } },
    );
    expect(await gone.denial?.deny('d5', 1_000, never)).toMatchObject([{ held: false }]);
    expect(await gone.denial?.allow('d5', never)).toMatchObject([{ held: true }]);
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
