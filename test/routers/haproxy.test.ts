import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { sweepRouters } from '../../src/routers/ask-many.ts';
import { type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { type HaproxyServer, startHaproxy } from '../support/haproxy.ts';
import { type RouterServer, startRouterServer } from '../support/router-server.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';
import { until } from '../support/until.ts';
import { permit, takesNothing } from './contract.ts';

const never = new AbortController().signal;
let haproxy: HaproxyServer;
let proxy: FlakyProxy;
let colors: { blue: SampleColor; green: SampleColor };

beforeAll(async () => {
  colors = { blue: await startColor('blue', '1.0.0'), green: await startColor('green', '2.0.0') };
  const ports = { blue: colors.blue.port, green: colors.green.port };
  haproxy = await startHaproxy({ checkout: ports, search: ports, fresh: { ...ports, live: 'none' } });
  proxy = await startFlakyProxy(haproxy.tcp);
});
beforeEach(async () => {
  proxy.clear();
  proxy.commands.length = 0;
  await haproxy.command(`set map ${haproxy.map} checkout checkout_blue`);
});
afterAll(async () => {
  await proxy.stop();
  await haproxy.stop();
  await Promise.all([colors.blue.stop(), colors.green.stop()]);
});

const written = (key: string, more: object = {}) => ({
  ...haproxy.options(key),
  address: proxy.address,
  ...more,
});
const router = (key: string, more: object = {}) => makeRouter(routerOptions.parse(written(key, more)));
const served = async (key: string) => (await fetch(haproxy.frontend(key))).headers.get('x-color');

describe('HAProxy', () => {
  test('sends clients to the color that it was pointed at', async () => {
    expect(await served('checkout')).toBe('blue');
    await router('checkout').point('green', 2, permit());
    expect(await served('checkout')).toBe('green');
    expect(await served('search')).toBe('blue');
  });

  test('gets no second command when the entry exists', async () => {
    await router('checkout').point('green', 2, permit());
    expect(proxy.commands.map(({ text }) => text)).toEqual([
      `set map ${haproxy.map} checkout checkout_green`,
    ]);
  });

  test('gets an entry added only after it said that there is none', async () => {
    const fresh = router('fresh');
    expect(await fresh.live(never)).toMatchObject([
      { heading: 'unknown', detail: expect.stringContaining('map has no entry fresh') },
    ]);
    proxy.commands.length = 0;
    expect(await fresh.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(proxy.commands.map(({ text }) => text)).toEqual([
      `set map ${haproxy.map} fresh fresh_green`,
      `add map ${haproxy.map} fresh fresh_green`,
    ]);
    expect(await served('fresh')).toBe('green');
    expect(await fresh.point('blue', 3, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(proxy.writes()).toHaveLength(3);
    await haproxy.command(`del map ${haproxy.map} fresh`);
  });

  test('is asked for a permit again before an entry is added', async () => {
    let left = 1;
    const once = permit(() => left-- > 0);
    expect(await router('fresh').point('green', 2, once)).toMatchObject([{ outcome: 'unreachable' }]);
    expect(proxy.writes()).toHaveLength(1);
    expect(await haproxy.command(`show map ${haproxy.map}`)).not.toContain('fresh');
  });

  test('is written to once although the command arrives after the writer gave up', async () => {
    let deliver = () => {};
    const when = new Promise<void>((resolve) => {
      deliver = resolve;
    });
    proxy.fault(/^set map/, { kind: 'deliver-when', when });
    expect(await router('checkout').point('green', 2, permit())).toMatchObject([{ outcome: 'unclear' }]);
    expect(await router('checkout').live(never)).toMatchObject([{ heading: 'blue' }]);
    deliver();
    await until('the late command took effect', async () => (await served('checkout')) === 'green');
    expect(proxy.writes()).toHaveLength(1);
  });

  test('whose answer is late but in time has taken the write', async () => {
    proxy.fault(/^set map/, { kind: 'delay-answer', ms: 300 });
    expect(await router('checkout').point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
  });

  test('answers for each instance, also when one is unreachable', async () => {
    const gone = await startFlakyProxy(haproxy.tcp);
    await gone.refuse();
    const two = router('checkout', { address: [gone.address, haproxy.unix] });
    expect(await two.live(never)).toMatchObject([
      { instance: gone.address, heading: 'unreachable' },
      { instance: haproxy.unix, heading: 'blue' },
    ]);
    expect(await two.point('green', 2, permit())).toMatchObject([
      { instance: gone.address, outcome: 'unreachable' },
      { instance: haproxy.unix, outcome: 'taken' },
    ]);
    expect(await two.point('blue', 3, permit(), [haproxy.unix])).toHaveLength(1);
  });

  test('counts the connections that stay on the color just left', async () => {
    const checkout = router('checkout');
    expect(await checkout.left?.('blue', never)).toBe(0);
    const { port } = new URL(haproxy.frontend('checkout'));
    colors.blue.levers.hang = true;
    const open = connect(Number(port), '127.0.0.1');
    open.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('it is counted', async () => (await checkout.left?.('blue', never)) === 1);
    await checkout.point('green', 2, permit());
    expect(await checkout.left?.('blue', never)).toBe(1);
    expect(await checkout.left?.('green', never)).toBe(0);
    open.destroy();
    colors.blue.levers.hang = false;
    expect(await router('checkout', { values: undefined }).left?.('blue', never)).toBeUndefined();
  });

  test('with a wrong map name is unknown and refuses, in its own words', async () => {
    const wrong = router('checkout', { map: '/no/such.map' });
    const words = expect.stringContaining('Unknown map identifier');
    expect(await wrong.live(never)).toMatchObject([{ heading: 'unknown', detail: words }]);
    const repair = "make HAProxy's configuration use the map /no/such.map, or correct router.map";
    await takesNothing(wrong, repair, () => haproxy.command(`show map ${haproxy.map}`), words);
    expect(await wrong.live(never)).toMatchObject([{ repair }]);
  });

  test('comes back from a reload with the color that was persisted', async () => {
    const checkout = router('checkout');
    await checkout.point('green', 2, permit());
    expect(await checkout.persist?.('green', never)).toBeUndefined();
    expect(await readFile(haproxy.map, 'utf8')).toContain('checkout checkout_green\n');
    await haproxy.reload();
    expect(await checkout.live(never)).toMatchObject([{ heading: 'green' }]);
    expect(await served('checkout')).toBe('green');
    expect(await checkout.persist?.('blue', never)).toBeUndefined();
  });

  test('without a map file has nothing to persist', () => {
    expect('persist' in router('checkout', { mapFile: undefined })).toBe(false);
  });
});

describe('a sweep', () => {
  let other: RouterServer;
  beforeAll(async () => {
    other = await startRouterServer();
  });
  afterAll(() => other.stop());

  test('asks one question per instance and map, and one per service elsewhere', async () => {
    const entries = ['checkout', 'search', 'fresh'].map((key) => ({
      service: `svc-${key}`,
      options: routerOptions.parse(written(key)),
    }));
    const http = routerOptions.parse({ kind: 'http', url: other.url, token: other.token });
    const answers = await sweepRouters([...entries, { service: 'pay', options: http }], never);
    expect(proxy.commands.map(({ text }) => text)).toEqual([`show map ${haproxy.map}`]);
    expect(other.reads()).toBe(1);
    expect(Object.fromEntries(answers)).toMatchObject({
      'svc-checkout': [{ instance: proxy.address, heading: 'blue' }],
      'svc-search': [{ heading: 'blue' }],
      'svc-fresh': [{ heading: 'unknown', detail: expect.stringContaining('map has no entry fresh') }],
      pay: [{ heading: 'blue' }],
    });
  });

  test('answers for every service when an instance is unreachable', async () => {
    const gone = await startFlakyProxy(haproxy.tcp);
    await gone.refuse();
    const options = routerOptions.parse(written('checkout', { address: [gone.address, haproxy.tcp] }));
    const answers = await sweepRouters([{ service: 'checkout', options }], never);
    expect(answers.get('checkout')).toMatchObject([{ heading: 'unreachable' }, { heading: 'blue' }]);
  });

  test('says unknown for a map that HAProxy does not have', async () => {
    const options = routerOptions.parse(written('checkout', { map: '/no/such.map' }));
    const answers = await sweepRouters([{ service: 'checkout', options }], never);
    expect(answers.get('checkout')).toMatchObject([{ heading: 'unknown' }]);
  });

  test('reads an empty map as one without entries', async () => {
    const empty = await startHaproxy({ checkout: { blue: 1, green: 1, live: 'none' } });
    const options = routerOptions.parse(empty.options('checkout'));
    const answers = await sweepRouters([{ service: 'checkout', options }], never);
    expect(answers.get('checkout')).toMatchObject([
      {
        heading: 'unknown',
        detail:
          'map has no entry checkout; add the line "checkout checkout_blue" or "checkout checkout_green", whichever serves now',
      },
    ]);
    await empty.stop();
  });
});
