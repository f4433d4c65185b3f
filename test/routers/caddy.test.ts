import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PointAnswer, Router } from '../../src/release/ports.ts';
import { caddyRouter, caddyRouterOptions } from '../../src/routers/caddy.ts';
import { type AdminProxy, startAdminProxy } from '../support/admin-proxy.ts';
import { type CaddyServer, startCaddy, untilServed } from '../support/caddy.ts';
import { makeAuthority } from '../support/certificates.ts';
import { startForwarder } from '../support/forwarder.ts';
import { freePort } from '../support/ports.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';
import { permit, takesNothing } from './contract.ts';

const never = new AbortController().signal;
const routerTo = (caddy: CaddyServer, admin = caddy.admin): Router =>
  caddyRouter(caddyRouterOptions.parse({ ...caddy.options(), admin }));

let blue: SampleColor;
let green: SampleColor;
let caddy: CaddyServer;
let proxy: AdminProxy;
let router: Router;
beforeAll(async () => {
  [blue, green] = await Promise.all([startColor('blue', 'v1'), startColor('green', 'v2')]);
  caddy = await startCaddy({ blue: blue.port, green: green.port });
  proxy = await startAdminProxy(caddy.adminPort);
  router = routerTo(caddy, proxy.url);
});
beforeEach(async () => {
  await proxy.restore();
  await caddy.reload();
});
afterAll(async () => {
  await proxy.stop();
  await caddy.stop();
  await Promise.all([blue.stop(), green.stop()]);
});

const says = async (): Promise<string> => {
  const [answer] = await router.live(never);
  return answer?.detail === undefined ? `${answer?.heading}` : `${answer.heading}: ${answer.detail}`;
};
const point = async (color: 'blue' | 'green', to = router): Promise<PointAnswer | undefined> =>
  (await to.point(color, 2, permit()))[0];
const handler = async (): Promise<unknown> => (await caddy.ask('GET', '/id/checkout')).said;
const put = async (field: string, value: unknown): Promise<void> =>
  expect((await caddy.ask('POST', `/id/checkout/${field}`, value)).status).toBe(200) as void;

describe('a switch by Caddy', () => {
  test('moves what clients get, and keeps what else is said of the upstream and the handler', async () => {
    await put('upstreams', { '@id': 'own', dial: caddy.upstreams.blue, max_requests: 50 });
    await caddy.ask('DELETE', '/id/checkout/upstreams/0');
    await put('headers', { response: { set: { 'X-Shop': ['yes'] } } });
    const before = (await handler()) as object;
    expect(await point('green')).toEqual({ instance: router.instances[0], outcome: 'taken' });
    await untilServed(caddy, 'green');
    expect(await handler()).toEqual({
      ...before,
      upstreams: [{ '@id': 'own', dial: caddy.upstreams.green, max_requests: 50 }],
    });
    expect(await point('blue')).toMatchObject({ outcome: 'taken' });
    expect(await handler()).toEqual(before);
  });

  test('is protected by the ETag, as a trailer and as a header, and refused without one', async () => {
    for (const etag of ['as it comes', 'header'] as const) {
      proxy.levers.etag = etag;
      expect(await point('green')).toMatchObject({ outcome: 'taken' });
      expect(proxy.writes().at(-1)?.headers['if-match']).toMatch(/^"\/config\/.*\/handle\/0 [\da-f]+"$/);
      expect(await point('blue')).toMatchObject({ outcome: 'taken' });
    }
    proxy.levers.etag = 'none';
    expect(await point('green')).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('no ETag'),
    });
    expect(await says()).toBe('blue');
  });

  test('looks again when somebody changes the handler between look and write, and keeps that change', async () => {
    proxy.levers.beforeWrite = async () => {
      proxy.levers.beforeWrite = undefined;
      await put('headers', { response: { set: { 'X-Shop': ['no'] } } });
    };
    const before = proxy.writes().length;
    expect(await point('green')).toMatchObject({ outcome: 'taken' });
    expect(proxy.writes().length - before).toBe(2);
    expect(await handler()).toMatchObject({
      headers: { response: { set: { 'X-Shop': ['no'] } } },
      upstreams: [{ dial: caddy.upstreams.green }],
    });
  });

  test('switches after somebody else has switched between the colors meanwhile', async () => {
    proxy.levers.beforeWrite = async () => {
      proxy.levers.beforeWrite = undefined;
      await caddy.set(caddy.upstreams.blue, caddy.upstreams.green);
    };
    expect(await point('green')).toMatchObject({ outcome: 'taken' });
    expect(await caddy.dials()).toBe(caddy.upstreams.green);
  });

  test('is refused when somebody else points the handler elsewhere meanwhile, and leaves that', async () => {
    proxy.levers.beforeWrite = async () => {
      proxy.levers.beforeWrite = undefined;
      await caddy.set('127.0.0.1:9');
    };
    expect(await point('green')).toMatchObject({
      outcome: 'refused',
      detail: 'checkout dials 127.0.0.1:9 (neither color); that is left unchanged',
    });
    expect(await caddy.dials()).toBe('127.0.0.1:9');
    expect(await point('green')).toMatchObject({ outcome: 'refused' });
    expect(await caddy.dials()).toBe('127.0.0.1:9');
  });

  test('is given up when somebody else changes the handler each time', async () => {
    let count = 0;
    proxy.levers.beforeWrite = () => put('headers', { response: { set: { 'X-Count': [String(count++)] } } });
    expect(await point('green')).toMatchObject({
      outcome: 'refused',
      detail: 'somebody else changed it 3 times in a row',
    });
    expect(await says()).toBe('blue');
  });

  test('asks for a permit before each write', async () => {
    let asked = 0;
    proxy.levers.beforeWrite = () => put('headers', { response: { set: { 'X-Count': ['again'] } } });
    const once = permit(() => (asked += 1) === 1);
    expect(await router.point('green', 2, once)).toMatchObject([{ outcome: 'unreachable' }]);
    expect(asked).toBe(2);
  });

  test('does not wait for requests that began before it, which are served to their end', async () => {
    blue.levers.slowMs = 1_500;
    const slow = fetch(caddy.url);
    await expect.poll(() => router.left?.('blue', never)).toBe(1);
    blue.levers.slowMs = 0;
    const startedAt = performance.now();
    expect(await point('green')).toMatchObject({ outcome: 'taken' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect((await slow).headers.get('x-color')).toBe('blue');
    // Caddy before 2.11 forgets the address; who cannot say says nothing.
    expect(await router.left?.('blue', never)).toBeUndefined();
  });

  test('changes nothing that Caddy cannot run, and says why', async () => {
    const authority = makeAuthority();
    await put('transport', { protocol: 'http', tls: { root_ca_pem_files: [authority.file] } });
    authority.remove();
    expect(await point('green')).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('loading new config'),
    });
    expect(await says()).toBe('blue');
  });
});

describe('a Caddy handler without a clear color', () => {
  const only = 'let checkout dial only';
  const into = 'put the "@id": "checkout" into the reverse_proxy handler itself';
  const cases: [string, () => Promise<unknown>, RegExp, string | undefined][] = [
    [
      'two upstreams, one of each color',
      () => caddy.set(caddy.upstreams.blue, caddy.upstreams.green),
      /dials 2 upstreams: 127.*\(blue\), 127.*\(green\)/,
      undefined,
    ],
    [
      'twice the same',
      () => caddy.set(caddy.upstreams.blue, caddy.upstreams.blue),
      /dials 2 upstreams/,
      undefined,
    ],
    ['none', () => caddy.set(), /has an empty list of upstreams/, undefined],
    ['another address', () => caddy.set('127.0.0.1:9'), /dials 127\.0\.0\.1:9 \(neither color\)/, only],
    [
      'one of ours and another',
      () => caddy.set(caddy.upstreams.blue, '127.0.0.1:9'),
      /\(blue\), 127\.0\.0\.1:9 \(neither color\)/,
      only,
    ],
    [
      'another kind of upstreams',
      () => put('dynamic_upstreams', { source: 'a', name: 'localhost', port: '9' }),
      /has dynamic_upstreams/,
      'take the dynamic_upstreams out of checkout',
    ],
    ['no upstreams', () => caddy.ask('DELETE', '/id/checkout/upstreams'), /has no upstreams/, only],
    [
      'another handler',
      () => caddy.ask('PATCH', '/id/checkout', { '@id': 'checkout', handler: 'static_response' }),
      /that of a handler static_response/,
      into,
    ],
    [
      'an id that somebody lost',
      () => caddy.ask('DELETE', '/id/checkout/@id'),
      /nothing in Caddy has the id checkout: a reload of a Caddyfile loses it/,
      'give the reverse_proxy handler "@id": "checkout" again',
    ],
  ];
  test.each(cases)('is unknown, in words: %s', async (_name, change, words, repair) => {
    await change();
    expect(await says()).toMatch(new RegExp(`^unknown: .*${words.source}`));
    const to =
      repair === only
        ? `make checkout dial only ${caddy.upstreams.blue} or ${caddy.upstreams.green}`
        : repair;
    expect((await router.live(never))[0]?.repair).toBe(to);
    if (to !== undefined) await takesNothing(router, to, says);
    const [ready] = await router.ready('green', never);
    expect(ready?.ready).toBe(to === undefined ? 'yes' : 'no');
    expect((await point('green'))?.outcome).toBe(to === undefined ? 'taken' : 'refused');
    expect(await says()).toMatch(to === undefined ? /^green$/ : words);
  });

  test('a route that has the id in place of its handler', async () => {
    await caddy.ask('DELETE', '/id/checkout/@id');
    await caddy.ask('POST', '/config/apps/http/servers/shop/routes/0/@id', 'checkout');
    expect(await says()).toBe('unknown: the id checkout is that of a route');
    await takesNothing(router, 'put the "@id": "checkout" into the reverse_proxy handler itself', says);
  });
});

describe('whether Caddy could serve a color', () => {
  test('is no while it counts failures of its address and takes it for down', async () => {
    await put('health_checks', { passive: { fail_duration: '1m', max_fails: 2 } });
    const dead = `127.0.0.1:${await freePort()}`;
    const half = caddyRouter(
      caddyRouterOptions.parse({
        ...caddy.options(),
        upstreams: { blue: caddy.upstreams.blue, green: dead },
      }),
    );
    expect(await half.ready('green', never)).toMatchObject([{ ready: 'yes' }]);
    await caddy.set(dead);
    for (let count = 0; count < 2; count += 1) expect((await fetch(caddy.url)).status).toBe(502);
    expect(await half.ready('green', never)).toMatchObject([
      { ready: 'no', detail: `Caddy considers ${dead} (green) down: 2 failed requests lately` },
    ]);
  });
});

describe('an admin API', () => {
  test('of several addresses is several instances', async () => {
    const port = Number(new URL(caddy.admin).port);
    const other = await startForwarder({ targets: [port], host: '127.0.0.2', port });
    const several = caddyRouter(
      caddyRouterOptions.parse({ ...caddy.options(), admin: `http://localhost:${port}` }),
      async () => ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })),
    );
    expect(await several.live(never)).toMatchObject([
      { instance: `localhost:${port} (127.0.0.1)`, heading: 'blue' },
      { instance: `localhost:${port} (127.0.0.2)`, heading: 'blue' },
    ]);
    await other.stop();
  });

  test('that leads to two Caddies by turns is unknown once they disagree', async () => {
    const second = await startCaddy({ blue: blue.port, green: green.port });
    const balancer = await startForwarder({
      targets: [caddy.adminPort, second.adminPort],
      change: (text, target) => text.replace(/^host: .*$/im, `host: 127.0.0.1:${target}`),
    });
    const both = routerTo(caddy, `http://127.0.0.1:${balancer.port}`);
    await point('green', both);
    const answers = [await both.live(never), await both.live(never)].flat();
    expect(answers.map(({ heading }) => heading)).toContain('unknown');
    await balancer.stop();
    await second.stop();
  });

  test('on a unix socket takes the same questions and writes', async () => {
    const socket = await startCaddy({ blue: blue.port, green: green.port }, { socket: true });
    const by = routerTo(socket);
    expect(by.instances).toEqual([socket.admin]);
    expect(await by.live(never)).toEqual([{ instance: socket.admin, heading: 'blue' }]);
    expect(await point('green', by)).toEqual({ instance: socket.admin, outcome: 'taken' });
    await untilServed(socket, 'green');
    await socket.kill();
    expect(await by.live(never)).toMatchObject([{ heading: 'unreachable' }]);
    await socket.stop();
  });

  test('that wants an Origin gets one', async () => {
    const strict = await startCaddy({ blue: 1, green: 2 }, { admin: { enforce_origin: true } });
    const by = routerTo(strict);
    expect(await by.live(never)).toMatchObject([{ heading: 'blue' }]);
    expect(await point('green', by)).toMatchObject({ outcome: 'taken' });
    await strict.stop();
  });

  test('that does not take the name by which it is called says so', async () => {
    const port = new URL(caddy.admin).port;
    const by = caddyRouter(
      caddyRouterOptions.parse({ ...caddy.options(), admin: `http://caddy.example:${port}` }),
      async () => ['127.0.0.1', '127.0.0.1'].map((address) => ({ address, family: 4 })),
    );
    expect(by.instances).toEqual([`caddy.example:${port}`]);
    const named = caddyRouter(
      caddyRouterOptions.parse({ ...caddy.options(), admin: `http://127.0.0.2:${port}` }),
    );
    const forward = await startForwarder({ targets: [Number(port)], host: '127.0.0.2', port: Number(port) });
    expect(await named.live(never)).toMatchObject([
      { heading: 'unknown', detail: `answered 403: host not allowed: 127.0.0.2:${port}` },
    ]);
    await forward.stop();
  });
});

describe('hostile answers', () => {
  const huge = `[${'0,'.repeat(2_000_000)}0]`;
  const answers: [string, number, Record<string, string>, string | Buffer, RegExp][] = [
    ['huge', 200, {}, huge, /^unreachable: answer larger than 1024 kB$/],
    [
      'packed, and huge when unpacked',
      200,
      { 'content-encoding': 'gzip' },
      gzipSync(huge),
      /^unreachable: answer larger than 1024 kB$/,
    ],
    [
      'not what it says it is',
      200,
      { 'content-encoding': 'gzip' },
      'plain',
      /^unreachable: answer cannot be decompressed/,
    ],
    ['a redirect', 307, { location: 'http://127.0.0.1:9/' }, '', /^unknown: answered 307/],
    ['no JSON', 200, {}, '<html>', /^unknown: the id checkout is not that of a reverse_proxy handler/],
    ['nothing', 200, {}, 'null', /^unknown: the id checkout is not/],
    ['a list', 200, {}, '[]', /^unknown: the id checkout is not/],
    [
      'upstreams of another type',
      200,
      {},
      '{"handler":"reverse_proxy","upstreams":"x"}',
      /^unknown: checkout has no upstreams/,
    ],
    [
      'upstreams that are numbers',
      200,
      {},
      '{"handler":"reverse_proxy","upstreams":[1]}',
      /^unknown: checkout has an upstream without "dial"/,
    ],
    [
      'a dial that is a list',
      200,
      {},
      '{"handler":"reverse_proxy","upstreams":[{"dial":["x"]}]}',
      /has an upstream without "dial"/,
    ],
    [
      'an upstream by another way',
      200,
      {},
      '{"handler":"reverse_proxy","upstreams":[{"dial":"x:1","lookup_srv":"y"}]}',
      /has an upstream with "lookup_srv"/,
    ],
    [
      'a dial of many lines',
      200,
      {},
      JSON.stringify({ handler: 'reverse_proxy', upstreams: [{ dial: `a\n${'b'.repeat(500)}` }] }),
      /^unknown: checkout dials a b{61}… \(neither color\)$/,
    ],
    ['a failure', 502, {}, 'bad gateway', /^unreachable: answered 502: bad gateway/],
    ['a refusal', 401, {}, '', /^unknown: answered 401/],
  ];
  test.each(answers)('are answers too: %s', async (_name, status, headers, body, said) => {
    proxy.levers.answer = (_path, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    };
    expect(await says()).toMatch(said);
    const before = proxy.writes().length;
    expect(['refused', 'unreachable']).toContain((await point('green'))?.outcome);
    expect(['no', 'unknown', 'unreachable']).toContain((await router.ready('green', never))[0]?.ready);
    expect(await router.left?.('green', never)).toBeUndefined();
    expect(await router.doubts?.(never)).toBeInstanceOf(Array);
    expect(proxy.writes().length).toBe(before);
  });

  test('are not waited for when they come a byte at a time', async () => {
    proxy.levers.answer = (_path, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('['), 100);
      response.once('close', () => clearInterval(timer));
      return true;
    };
    expect(await says()).toBe('unreachable: no answer within 2 s');
  });

  test('to a write that never end, or lead elsewhere, are neither read on nor followed', async () => {
    for (const [status, outcome] of [
      [200, 'taken'],
      [502, 'unclear'],
      [308, 'refused'],
    ] as const) {
      let elsewhere = 0;
      proxy.levers.answer = (path, response) => {
        if (path === '/elsewhere') elsewhere += 1;
        if (!path.endsWith('/upstreams')) return false;
        response.writeHead(status, { location: '/elsewhere' });
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
        return true;
      };
      expect(await point('green')).toMatchObject({ outcome });
      expect(elsewhere).toBe(0);
      // It was not carried out, whatever was answered.
      expect(await says()).toBe('blue');
    }
  });

  test('to a write are unclear, unless Caddy itself says no', async () => {
    for (const [status, outcome] of [
      [500, 'unclear'],
      [502, 'unclear'],
      [302, 'refused'],
      [403, 'refused'],
    ] as const) {
      proxy.levers.refuse = status;
      expect(await point('green')).toMatchObject({ outcome, detail: `answered ${status}: not today` });
    }
    expect(await says()).toBe('blue');
  });
});

describe('the part of a switch that Caddy forgets at a restart', () => {
  test('is said of one without --resume, and a restart does forget it', async () => {
    expect(await router.doubts?.(never)).toMatchObject([
      {
        what: expect.stringMatching(
          /: Caddy runs without --resume: a restart sends traffic to blue or green/,
        ),
      },
    ]);
    await point('green');
    await caddy.kill();
    await caddy.start();
    expect(await says()).toBe('blue');
  });

  test('is nothing with --resume, by which a restart keeps the color', async () => {
    await point('green');
    await caddy.kill();
    await caddy.start('--resume');
    expect(await says()).toBe('green');
    expect(await router.doubts?.(never)).toEqual([]);
    await untilServed(caddy, 'green');
    await caddy.kill();
    await caddy.start();
  });

  test('is named where it keeps nothing, and where it does not say how it runs', async () => {
    await caddy.kill();
    await caddy.start('--resume');
    await caddy.ask('POST', '/config/admin/config', { persist: false });
    expect(await router.doubts?.(never)).toMatchObject([
      { what: expect.stringContaining('persist is false') },
    ]);
    proxy.levers.answer = (path, response) => {
      if (!path.startsWith('/debug')) return false;
      response.writeHead(404).end();
      return true;
    };
    expect(await router.doubts?.(never)).toMatchObject([
      { what: expect.stringContaining('does not say whether it runs with --resume') },
    ]);
    await proxy.cut();
    expect(await router.doubts?.(never)).toEqual([]);
  });
});
