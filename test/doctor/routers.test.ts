import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { examineInstances, examineReady } from '../../src/doctor/routers.ts';
import { examineRouter } from '../../src/doctor/services.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { kindsOf, samplesOf } from '../support/adapter-kinds.ts';
import { type AlbService, albService } from '../support/alb-world.ts';
import { startCaddy } from '../support/caddy.ts';
import { forward, startElb } from '../support/elb.ts';
import { startNginx } from '../support/nginx.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { type RouterServer, startRouterServer } from '../support/router-server.ts';
import { until } from '../support/until.ts';

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

describe('a load balancer of AWS', () => {
  const findings = async (service: AlbService) => {
    const adapters = { router: service.router(), health: [], hooks: [] };
    return examineReady('checkout', adapters);
  };

  test('is well, or says that stickiness, a group outside of the action or a right is the cause', async () => {
    const elb = await startElb();
    const service = albService(elb);
    expect(await findings(service)).toMatchObject([{ state: 'ok' }, { state: 'ok' }]);
    const sticking = forward({ [service.blue]: 100, [service.green]: 0 });
    Object.assign(sticking.ForwardConfig ?? {}, {
      TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
    });
    elb.setActions(service.rule, [sticking]);
    const sticky = {
      state: 'wrong',
      found: expect.stringContaining('target group stickiness is on'),
      fix: expect.stringContaining('correct the rule, its target groups or their targets in AWS'),
    };
    expect(await findings(service)).toMatchObject([sticky, sticky]);
    elb.setActions(service.rule, [forward({ [service.blue]: 100 })]);
    elb.setActions(service.listener, [forward({ [service.blue]: 100 })]);
    expect(await findings(service)).toMatchObject([
      { state: 'ok' },
      { state: 'wrong', found: expect.stringContaining('checkout-green is not in the forward action') },
    ]);
    elb.levers.deny.add('DescribeTargetHealth');
    const right = {
      state: 'warn',
      found: expect.stringContaining('AWS does not allow elasticloadbalancing:DescribeTargetHealth'),
    };
    expect(await findings(service)).toMatchObject([right, right]);
    vi.unstubAllEnvs();
    await elb.stop();
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
    const lost = {
      found: expect.stringContaining('nothing in Caddy has the id checkout'),
      fix: expect.stringContaining('make the handler with the @id of router.id dial only router.upstreams'),
    };
    // Caddy's admin API starts again with each change of its configuration, and may refuse a question meanwhile.
    const found = await until('Caddy answers for both colors', async () => {
      const all = await examineReady('checkout', adapters);
      return all.length === 2 ? all : undefined;
    });
    expect(found).toMatchObject([lost, lost]);
    expect(await examineRouter('checkout', adapters, null)).toMatchObject({
      found: expect.stringContaining('names neither color'),
      fix: expect.stringContaining('compare router.id and router.upstreams with what Caddy has'),
    });
    await caddy.kill();
    expect(await examineRouter('checkout', adapters, null)).toMatchObject({
      found: expect.stringContaining('connection refused'),
      fix: 'start Caddy, and make its admin API listen at router.admin',
    });
    await caddy.stop();
  });
});

describe('an nginx', () => {
  test('has words of its own for what is wrong with it', async () => {
    const nginx = await startNginx({ blue: 1, green: 2 });
    const adapters = (more: object = {}) => ({
      router: makeRouter(routerOptions.parse({ ...nginx.options(), ...more })),
      health: [],
      hooks: [],
    });
    expect(await examineRouter('shop', adapters(), null)).toMatchObject({ state: 'ok' });
    const elsewhere = nginx.liveUrl.replace(/\/[^/]*$/, '/elsewhere');
    expect(await examineRouter('shop', adapters({ liveUrl: elsewhere }), null)).toMatchObject({
      state: 'wrong',
      fix: expect.stringContaining(
        'make the location at router.liveUrl answer with only the variable',
      ) as string,
    });
    expect(await examineReady('shop', adapters({ include: `${nginx.folder}/none.conf` }))).toMatchObject([
      { state: 'wrong', fix: expect.stringContaining('correct what it names: the include file') as string },
      { state: 'wrong' },
    ]);
    expect(await examineReady('shop', adapters({ test: ['true', '-t'] }))).toMatchObject([
      {
        state: 'warn',
        fix: expect.stringContaining('let this user read the configuration of nginx') as string,
      },
      { state: 'warn' },
    ]);
    await nginx.kill();
    expect(await examineRouter('shop', adapters(), null)).toMatchObject({
      state: 'wrong',
      fix: 'start nginx, and make it listen at router.liveUrl',
    });
    await nginx.stop();
  });
});

/** Kinds whose names the words of other kinds may hold too. */
const everydayWords = new Set(['http']);

test('no kind of router is spoken of in the words of another', () => {
  const samples = samplesOf('router');
  expect(new Set(samples.map(({ kind }) => kind))).toEqual(new Set(kindsOf(routerOptions)));
  for (const sample of samples) {
    const { advice } = makeRouter(routerOptions.parse(sample));
    const all = [advice?.correct('green'), advice?.reach, advice?.names, advice?.tells].join('; ');
    // The name of the kind, or that of its page.
    const named = kindsOf(routerOptions).filter((kind) =>
      new RegExp(kind.split('-')[0] ?? '', 'i').test(all),
    );
    expect(named.filter((kind) => kind === sample.kind || !everydayWords.has(kind))).toEqual([sample.kind]);
  }
});
