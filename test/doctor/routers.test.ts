import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examineInstances, examineReady } from '../../src/doctor/routers.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
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
