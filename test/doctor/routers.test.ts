import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examineInstances, examineReady } from '../../src/doctor/routers.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { startCaddy } from '../support/caddy.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { type RouterServer, startRouterServer } from '../support/router-server.ts';

let routers: RouterServer[];
let balancer: Forwarder;
beforeAll(async () => {
  routers = [await startRouterServer(), await startRouterServer()];
  balancer = await startForwarder({ targets: routers.map(({ url }) => Number(new URL(url).port)) });
});
afterAll(async () => {
  await balancer.stop();
  for (const each of routers) await each.stop();
});

describe('an http router with two processes behind its address', () => {
  const adapters = () => ({
    router: makeRouter(
      routerOptions.parse({
        kind: 'http',
        url: `http://127.0.0.1:${balancer.port}/router`,
        token: routers[0]?.token,
      }),
    ),
    health: [],
    hooks: [],
  });

  test('is warned of when they disagree', async () => {
    expect(await examineInstances('checkout', adapters())).toEqual([]);
    if (routers[1]) routers[1].color = 'green';
    expect(await examineInstances('checkout', adapters())).toMatchObject([
      { state: 'warn', found: expect.stringMatching(/says (blue, then green|green, then blue)$/) },
    ]);
  });

  test('is not said to be able to serve, or not, as long as it does not say', async () => {
    expect(await examineReady('checkout', adapters())).toEqual([]);
  });
});

describe('a Caddy', () => {
  test('that forgets is warned of, with what to do, and one that forgets nothing is not', async () => {
    const caddy = await startCaddy({ blue: 1, green: 2 });
    const adapters = { router: makeRouter(routerOptions.parse(caddy.options())), health: [], hooks: [] };
    expect(await examineInstances('checkout', adapters)).toMatchObject([
      {
        state: 'warn',
        found: expect.stringContaining(
          'Caddy runs without --resume: a restart sends traffic to blue or green',
        ),
        fix: expect.stringContaining('start Caddy with --resume'),
      },
    ]);
    await caddy.kill();
    await caddy.start('--resume');
    expect(await examineInstances('checkout', adapters)).toEqual([]);
    await caddy.ask('DELETE', '/id/checkout/@id');
    expect(await examineReady('checkout', adapters)).toMatchObject([
      { found: expect.stringContaining('nothing in Caddy has the id checkout') },
      { found: expect.stringContaining('nothing in Caddy has the id checkout') },
    ]);
    await caddy.stop();
  });
});
