/** Writes that a real Caddy denies for a while. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Router } from '../../src/release/ports.ts';
import type { HoldAnswer, WriteDenial } from '../../src/release/write-hold.ts';
import { caddyRouter, caddyRouterOptions } from '../../src/routers/caddy.ts';
import { type AdminProxy, startAdminProxy } from '../support/admin-proxy.ts';
import { type CaddyServer, startCaddy, untilServed } from '../support/caddy.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';
import { until } from '../support/until.ts';
import { permit } from './contract.ts';

const never = new AbortController().signal;
const front = { '@id': 'checkout-writes', handler: 'subroute' };
const writes = { mode: 'deny' as const, methods: ['POST', 'PUT'], max: 3_000 };

let colors: SampleColor[];
let caddy: CaddyServer;
let proxy: AdminProxy;
let router: Router;
let denial: WriteDenial;

/** The adapter of another process. */
function another(admin = caddy.admin, to = caddy): Router & { denial: WriteDenial } {
  const made = caddyRouter(caddyRouterOptions.parse({ ...to.options(), admin }), undefined, writes);
  if (!made.denial) throw new Error('no denial');
  return { ...made, denial: made.denial };
}

beforeAll(async () => {
  colors = [await startColor('blue', 'v1'), await startColor('green', 'v2')];
  const [blue = 0, green = 0] = colors.map(({ port }) => port);
  caddy = await startCaddy({ blue, green }, { front: [front] });
  proxy = await startAdminProxy(caddy.adminPort);
});
beforeEach(async () => {
  await proxy.restore();
  await caddy.reload();
  router = another(proxy.url);
  if (!router.denial) throw new Error('no denial');
  ({ denial } = router);
});
afterAll(async () => {
  await proxy.stop();
  await caddy.stop();
  await Promise.all(colors.map((color) => color.stop()));
});

const ask = async (method: string): Promise<Response> =>
  fetch(caddy.url, { method, headers: { connection: 'close' } });
const statusOf = async (method = 'POST'): Promise<number> => (await ask(method)).status;
const deny = async (id: string, ms: number, by = denial): Promise<HoldAnswer | undefined> =>
  (await by.deny(id, ms, never))[0];
const changes = (): number => proxy.writes().length;

describe('a denial of writes in Caddy', () => {
  it('gives writes an error until they are allowed by the same name; all else goes on', async () => {
    expect(await deny('d1', 20_000)).toEqual({
      instance: router.instances[0],
      held: true,
      forMs: expect.any(Number) as number,
    });
    const denied = await ask('POST');
    expect([denied.status, denied.headers.get('retry-after')]).toEqual([503, '20']);
    expect(await denied.text()).toMatch(/^Read-only for now/);
    expect([await statusOf('PUT'), await statusOf('GET'), await statusOf('DELETE')]).toEqual([503, 200, 200]);
    expect(await denial.allow('d2', never)).toMatchObject([{ held: false }]);
    expect(await statusOf()).toBe(503);
    expect(await denial.allow('d1', never)).toMatchObject([{ held: false }]);
    expect(await statusOf()).toBe(200);
  });

  it('ends by itself, by the clock of Caddy; one that was over begins again', async () => {
    const startedAt = Date.now();
    await deny('d3', 2_000);
    const before = changes();
    await until('writes go on', async () => (await statusOf()) === 200);
    expect(Date.now() - startedAt).toBeGreaterThan(1_990);
    // Nothing ended it from outside.
    expect(changes()).toBe(before);
    expect((await deny('d3', 2_000))?.forMs).toBeLessThan(100);
    expect(await statusOf()).toBe(503);
  });

  it('is changed only when it would end too soon, and lasts longer then', async () => {
    await deny('d4', 20_000);
    const before = changes();
    expect(await deny('d4', 20_000)).toMatchObject({ held: true });
    expect(changes()).toBe(before);
    expect(await deny('d4', 29_500)).toMatchObject({ held: true });
    expect(changes()).toBe(before + 1);
    expect((await deny('d4', 29_500))?.forMs).toBeGreaterThan(0);
    await denial.allow('d4', never);
  });

  it('goes on through a switch, and another process knows for how long', async () => {
    await deny('d5', 20_000);
    await router.point('green', 2, permit());
    await untilServed(caddy, 'green');
    expect(await statusOf()).toBe(503);
    expect(await deny('d5', 20_000, another().denial)).toMatchObject({ held: true, forMs: 0 });
    await until('it surely began before', async () => {
      const said = await deny('d5', 20_000, another().denial);
      return (said?.forMs ?? 0) > 0;
    });
    const [own, others] = [await deny('d5', 20_000), await deny('d5', 20_000, another().denial)];
    expect(own?.forMs).toBeGreaterThan(others?.forMs ?? Number.NaN);
  });

  it('that somebody ended by a reload says that it began again', async () => {
    await deny('d6', 20_000);
    await until('it has lasted', async () => ((await deny('d6', 20_000))?.forMs ?? 0) > 200);
    await caddy.reload();
    expect(await statusOf()).toBe(200);
    expect((await deny('d6', 20_000))?.forMs).toBeLessThan(100);
    expect(await statusOf()).toBe(503);
  });

  it('is of the name that came last', async () => {
    await deny('d7', 20_000);
    await deny('d8', 20_000);
    expect(await denial.allow('d7', never)).toMatchObject([{ held: false }]);
    expect(await statusOf()).toBe(503);
    await denial.allow('d8', never);
    expect(await statusOf()).toBe(200);
  });

  it('looks again when somebody else changes the handler in between', async () => {
    let others = 0;
    proxy.levers.beforeWrite = async () => {
      others += 1;
      if (others === 1) await another().denial.deny('d9', 20_000, never);
    };
    expect(await deny('d10', 20_000)).toMatchObject({ held: true });
    expect(others).toBe(2);
  });

  it('is not said to hold where Caddy does not answer, or has other routes there', async () => {
    const routes = [{ handle: [{ handler: 'static_response', status_code: 404 }] }];
    await caddy.ask('PATCH', '/id/checkout-writes', { ...front, routes });
    expect(await deny('d11', 20_000)).toMatchObject({
      held: false,
      detail: "checkout-writes is not an empty subroute handler, nor one of Switchback's",
    });
    await proxy.cut();
    expect(await deny('d11', 20_000)).toMatchObject({ held: false });
    expect(await denial.allow('d11', never)).toMatchObject([{ held: true }]);
  });

  it('needs its handler in front, or a promote is refused, never a revert', async () => {
    expect(await router.ready('green', never)).toEqual([{ instance: router.instances[0], ready: 'yes' }]);
    const place = '/config/apps/http/servers/shop/routes/0/handle';
    const [handlers] = [(await caddy.ask('GET', place)).said as unknown[]];
    await caddy.ask('PATCH', place, handlers.toReversed());
    const what = expect.stringContaining(
      'it cannot deny writes: no subroute handler with the @id checkout-writes stands in front of checkout',
    ) as string;
    expect(await router.ready('green', never)).toMatchObject([
      { ready: 'yes', stopsPromotes: true, detail: what },
    ]);
    expect(await router.doubts?.(never)).toContainEqual({
      what,
      fix: 'put { "@id": "checkout-writes", "handler": "subroute" } in front of it (docs/caddy.md)',
    });
    await caddy.ask('PATCH', place, handlers.slice(1));
    expect(await router.ready('green', never)).toMatchObject([{ stopsPromotes: true }]);
    expect(await deny('d12', 20_000)).toMatchObject({
      held: false,
      detail: 'nothing in Caddy has the id checkout-writes',
    });
  });
});
