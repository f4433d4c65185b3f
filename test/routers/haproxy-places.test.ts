import { rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { haproxyCommand } from '../../packages/playground/src/haproxy-files.ts';
import { haproxyRouter } from '../../src/routers/haproxy.ts';
import { haproxyRouterOptions } from '../../src/routers/haproxy-options.ts';
import { systemClock } from '../../src/release/clock.ts';
import { switchTraffic } from '../../src/release/switch-traffic.ts';
import { newWriteLog } from '../../src/release/write-log.ts';
import { placesOf } from '../../src/routers/haproxy-places.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { sweepRouters } from '../../src/routers/ask-many.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { type HaproxyServer, startHaproxy } from '../support/haproxy.ts';
import { freePort } from '../support/ports.ts';
import { startProcess, temporaryFolder } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { permit } from './contract.ts';

const never = new AbortController().signal;
let first: HaproxyServer;
let second: HaproxyServer;
beforeAll(async () => {
  const ports = { blue: 1, green: 2 };
  first = await startHaproxy({ checkout: ports });
  second = await startHaproxy({ checkout: ports });
});
beforeEach(async () => {
  for (const each of [first, second]) await each.command(`set map ${each.map} checkout checkout_blue`);
});
afterAll(async () => {
  await first.stop();
  await second.stop();
});

const idle = { role: 'unknown' as const, version: null, since: 0 };
const colors = { blue: idle, green: idle };

/** Both have a map, each at its own path. */
const change = (text: string, target: number) =>
  target === second.tcpPort ? text.replaceAll(first.map, second.map) : text;
const says = async (each: HaproxyServer) =>
  /value="checkout_([^"]*)"/.exec(await each.command(`get map ${each.map} checkout`))?.[1];

describe('one address in front of two HAProxies', () => {
  let balancer: Forwarder;
  beforeAll(async () => {
    balancer = await startForwarder({ targets: [first.tcpPort, second.tcpPort], change });
  });
  afterAll(() => balancer.stop());
  const router = () =>
    makeRouter(
      routerOptions.parse({ ...first.options('checkout'), address: `tcp://127.0.0.1:${balancer.port}` }),
    );

  test('is not taken at its word after a write that only one of them got', async () => {
    expect(await router().point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(new Set([await says(first), await says(second)])).toEqual(new Set(['blue', 'green']));
    for (let i = 0; i < 4; i += 1)
      expect(await router().live(never)).toMatchObject([
        { heading: 'unknown', detail: expect.stringContaining('its answers contradict each other') },
      ]);
  });

  test('never says the color that is waited for while one of them does not', async () => {
    await router().point('green', 2, permit());
    const seen = new Set<string>();
    for (let i = 0; i < 8; i += 1)
      for (const { heading } of await router().live(never, 'green')) seen.add(heading);
    expect([...seen].toSorted()).toEqual(['blue', 'unknown']);
  });

  test('is verified by steering only when both of them were switched', async () => {
    const never = new AbortController().signal;
    const access = {
      alive: () => true,
      soft: never,
      permit: () => permit(),
      loaded: () => ({ record: { service: 'checkout', colors } }),
    };
    const parts = { clock: systemClock, store: { saveAsked: () => Promise.resolve() } };
    const adapters = { router: router(), health: [], hooks: [] };
    const { end } = await switchTraffic(parts, access, adapters, newWriteLog(true), {
      color: 'green',
      epoch: 2,
      need: 'all',
      owed: false,
      deadline: systemClock.mono() + 2_500,
      pauseMs: 200,
      probe: false,
      stoppable: true,
    });
    const switched = [await says(first), await says(second)].every((each) => each === 'green');
    // The last write may come too late to be seen: then it is switched, and not verified.
    expect([end, switched]).not.toEqual(['there', false]);
  });

  test('is reported to a person who checks the set-up, also while they agree', async () => {
    const doubts = await router().doubts?.(never);
    expect(doubts).toMatchObject([{ what: expect.stringContaining('leads to 2 different HAProxies') }]);
    const plain = makeRouter(routerOptions.parse(first.options('checkout')));
    expect(await plain.doubts?.(never)).toEqual([]);
  });

  test('says their color while they agree', async () => {
    expect(await router().live(never)).toMatchObject([{ heading: 'blue' }]);
  });
});

describe('a name with two addresses', () => {
  const gates: Forwarder[] = [];
  let address: string;
  let known = ['127.0.0.2', '127.0.0.3'];
  let fails = false;
  const find = async () => {
    if (fails) throw new Error('no name server answers');
    return known.map((each) => ({ address: each, family: 4 }));
  };
  const options = () =>
    haproxyRouterOptions.parse({ ...first.options('checkout'), address, mapFile: undefined });
  const instances = () => known.map((ip) => `${address} (${ip})`);
  beforeAll(async () => {
    gates.push(await startForwarder({ targets: [first.tcpPort], host: '127.0.0.2' }));
    const port = gates[0]?.port ?? 0;
    gates.push(await startForwarder({ targets: [second.tcpPort], host: '127.0.0.3', port, change }));
    address = `tcp://haproxy.example.com:${port}`;
  });
  beforeEach(() => {
    known = ['127.0.0.2', '127.0.0.3'];
    fails = false;
  });
  afterAll(async () => {
    for (const gate of gates) await gate.stop();
  });

  test('is two instances, each asked and switched', async () => {
    const router = haproxyRouter(options(), find);
    expect((await router.live(never)).map(({ instance }) => instance)).toEqual(instances());
    expect(await router.ready('green', never)).toMatchObject([{ ready: 'yes' }, { ready: 'yes' }]);
    expect(await router.point('green', 2, permit())).toMatchObject([
      { instance: instances()[0], outcome: 'taken' },
      { instance: instances()[1], outcome: 'taken' },
    ]);
    expect([await says(first), await says(second)]).toEqual(['green', 'green']);
    await router.point('blue', 3, permit(), instances().slice(1));
    expect([await says(first), await says(second)]).toEqual(['green', 'blue']);
  });

  test('is two instances to a sweep', async () => {
    await second.command(`set map ${second.map} checkout checkout_green`);
    const answers = await sweepRouters([{ service: 'checkout', options: options() }], never, find);
    expect(answers.get('checkout')).toMatchObject([
      { instance: instances()[0], heading: 'blue' },
      { instance: instances()[1], heading: 'green' },
    ]);
  });

  test('is looked up again, and one instance less is one answer less', async () => {
    const router = haproxyRouter(options(), find);
    expect(await router.live(never)).toHaveLength(2);
    known = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
    await until('the third is known', async () => (await router.live(never)).length === 3);
    expect((await router.live(never))[2]).toMatchObject({ heading: 'unreachable' });
    known = ['127.0.0.2', '127.0.0.3'];
    await until('the third is forgotten', async () => (await router.live(never)).length === 2);
  });

  test('keeps their order, in any order of the answers', async () => {
    const places = placesOf([address], find);
    known.reverse();
    expect((await places()).map(({ instance }) => instance)).toEqual(instances().toReversed());
  });

  test('keeps the addresses last known while nobody can look it up', async () => {
    const places = placesOf([address], find);
    const before = await places();
    fails = true;
    known = [];
    const asked = performance.now();
    await until('the answer is old', async () => performance.now() - asked > 1_100);
    expect(await places()).toEqual(before);
  });

  test('that never could be looked up is one instance that cannot be reached', async () => {
    fails = true;
    expect(await haproxyRouter(options(), find).live(never)).toMatchObject([
      { instance: address, heading: 'unreachable' },
    ]);
  });

  test.each([
    ['one of each family', ['127.0.0.1', '::1'], 1],
    ['two of each family', ['10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00::2'], 2],
    ['the same twice', ['10.0.0.1', '10.0.0.1'], 1],
    ['more of the newer family', ['10.0.0.1', 'fd00::1', 'fd00::2'], 2],
  ])('with %s is as many machines as the larger family has', async (_what, ips, machines) => {
    const both = async () => ips.map((ip) => ({ address: ip, family: ip.includes(':') ? 6 : 4 }));
    expect(await placesOf(['tcp://lb:9999'], both)()).toHaveLength(machines);
  });
});

describe('HAProxy that has no free slot on its stats socket', () => {
  const held: Socket[] = [];
  afterAll(() => {
    for (const each of held) each.destroy();
  });

  test('is named as such, and a write that waited is carried out when a slot is free', async () => {
    for (let i = 0; i < 11; i += 1) held.push(connect({ host: '127.0.0.1', port: first.tcpPort }));
    await until('all stand', () => held.every((each) => !each.connecting));
    const router = makeRouter(routerOptions.parse({ ...first.options('checkout'), mapFile: undefined }));
    const words = expect.stringMatching(/no answer .*are all slots of its stats socket in use\?/);
    expect(await router.live(AbortSignal.timeout(10_000))).toMatchObject([
      { heading: 'unreachable', detail: words },
    ]);
    expect(await router.live(AbortSignal.timeout(500))).toMatchObject([
      { heading: 'unreachable', detail: words },
    ]);
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'unclear', detail: words }]);
    for (const each of held) each.destroy();
    await until('the write is carried out late', async () => (await says(first)) === 'green');
    expect(await router.live(never)).toMatchObject([{ heading: 'green' }]);
  });
});

describe('HAProxy whose unix socket has no room for one more who waits', () => {
  test('is named as one without a free slot', async () => {
    const waiting = Array.from({ length: 40 }, () => connect({ path: first.unix.slice('unix:'.length) }));
    for (const each of waiting) each.on('error', () => {});
    await until('some stand, and one more does not', () => waiting.some((each) => each.destroyed));
    const router = makeRouter(
      routerOptions.parse({ ...first.options('checkout'), address: first.unix, mapFile: undefined }),
    );
    expect(await router.live(never)).toMatchObject([
      {
        heading: 'unreachable',
        detail: expect.stringContaining('are all slots of its stats socket in use?'),
      },
    ]);
    for (const each of waiting) each.destroy();
    await until('it answers again', async () => (await router.live(never))[0]?.heading !== 'unreachable');
  });
});

describe('the master socket of HAProxy', () => {
  test('is named as such, and takes no writes', async () => {
    const dir = await temporaryFolder();
    const [config, socket] = [join(dir, 'haproxy.cfg'), join(dir, 'master.sock')];
    await writeFile(
      config,
      `frontend f\n  mode http\n  timeout client 1s\n  bind 127.0.0.1:${await freePort()}\n`,
    );
    const master = await startProcess({
      command: 'haproxy',
      args: ['-W', '-db', '-S', socket, '-f', config],
      ready: async () => (await haproxyCommand(socket, 'show proc;quit').catch(() => '')).includes('worker'),
    });
    const router = makeRouter(
      routerOptions.parse({ ...first.options('checkout'), address: `unix:${socket}`, mapFile: undefined }),
    );
    expect(await router.live(never)).toMatchObject([
      { heading: 'unknown', detail: "that is HAProxy's master socket; name the stats socket of its worker" },
    ]);
    expect(await router.ready('green', never)).toMatchObject([{ ready: 'unknown' }]);
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'refused' }]);
    await master.stop();
    await rm(dir, { recursive: true, force: true });
  });
});
