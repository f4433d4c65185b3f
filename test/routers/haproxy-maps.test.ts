import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { sweepRouters } from '../../src/routers/ask-many.ts';
import { type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { type HaproxyServer, startHaproxy } from '../support/haproxy.ts';
import { permit } from './contract.ts';

const never = new AbortController().signal;
let haproxy: HaproxyServer;
let proxy: FlakyProxy;
beforeAll(async () => {
  const ports = { blue: 1, green: 2 };
  haproxy = await startHaproxy({ checkout: ports, search: { ...ports, live: 'green' } });
  proxy = await startFlakyProxy(haproxy.tcp);
});
afterAll(async () => {
  await proxy.stop();
  await haproxy.stop();
});

const optionsOf = (key: string, more: object = {}) =>
  routerOptions.parse({ ...haproxy.options(key), address: proxy.address, ...more });
const swept = async (...keys: string[]) => {
  proxy.commands.length = 0;
  const answers = await sweepRouters(
    keys.map((service) => ({ service, options: optionsOf(service) })),
    never,
  );
  return keys.map((key) => answers.get(key)?.[0]?.heading);
};
const questions = () => proxy.commands.map(({ text }) => text);
const withMap = async (change: (before: string) => string | Buffer) => {
  await haproxy.kill();
  await writeFile(haproxy.map, change(await readFile(haproxy.map, 'latin1')));
  await haproxy.start();
};

describe('a map with odd lines', () => {
  test('is read although other entries have tabs, several blanks, trailing text, no value or odd bytes', async () => {
    const odd = 'tab\t \tx\nblanks   a   b  # c\nlone\n  indented v\nq"uote v"al\ncr v\r\n';
    await withMap((before) =>
      Buffer.concat([Buffer.from(odd), Buffer.from([0xff, 0xfe, 0x20, 0xff, 0x0a]), Buffer.from(before)]),
    );
    expect(await swept('checkout', 'search')).toEqual(['blue', 'green']);
    expect(questions()).toEqual([`show map ${haproxy.map}`]);
  });

  test('is asked for an entry that another one may be mistaken for', async () => {
    await haproxy.command(`del map ${haproxy.map} checkout`);
    await haproxy.command(`add map ${haproxy.map} checkout\\ b x`);
    await haproxy.command(`add map ${haproxy.map} checkout checkout_green`);
    expect(await swept('checkout', 'search')).toEqual(['green', 'green']);
    expect(questions()).toEqual([`show map ${haproxy.map}`, `get map ${haproxy.map} checkout`]);
  });

  test('says for an entry with trailing text what HAProxy would look for', async () => {
    await haproxy.command(`set map ${haproxy.map} search search_green\\ #\\ mine`);
    const answers = await sweepRouters([{ service: 'search', options: optionsOf('search') }], never);
    expect(answers.get('search')).toMatchObject([
      { heading: 'unknown', detail: 'map says "search_green # mine"' },
    ]);
  });
});

describe('a name for HAProxy', () => {
  test.each(['shop.example.com/a?b=1&c', 'tenant|x,(y){z}', 'größe', '*.example.com', 'à~!$%^=[]+@'])(
    '%s is asked, switched and kept in the map file',
    async (key) => {
      const options = optionsOf(key, { values: { blue: 'checkout_blue', green: 'grün' } });
      const router = makeRouter(options);
      expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
      expect(await router.live(never)).toMatchObject([{ heading: 'green' }]);
      const answers = await sweepRouters([{ service: 'odd', options }], never);
      expect(answers.get('odd')).toMatchObject([{ heading: 'green' }]);
      expect(await router.persist?.('green', never)).toBeUndefined();
      expect(await router.persist?.('blue', never)).toBeUndefined();
      const lines = (await readFile(haproxy.map, 'utf8')).split('\n');
      expect(lines.filter((line) => line.startsWith(`${key} `))).toEqual([`${key} checkout_blue`]);
    },
  );

  test.each([
    'a;b',
    'a b',
    'a\nb',
    'a\tb',
    'a"b',
    "a'b",
    'a\\b',
    'a\u00a0b',
    'v<<',
    '',
    'a\u0000',
    'x'.repeat(257),
  ])('%j is refused at every place of a name', (name) => {
    for (const more of [{ key: name }, { map: name }, { values: { blue: name, green: 'g' } }])
      expect(() => optionsOf('checkout', more)).toThrow('1 to 256 characters');
  });

  test('a key that HAProxy would take for a reference, and a map that it would take for a version, are refused', () => {
    expect(() => optionsOf('#1')).toThrow('must not begin with #');
    expect(() => optionsOf('checkout', { map: '@1' })).toThrow('must not begin with @');
  });
});

describe('a map of 200,000 entries', () => {
  beforeAll(async () => {
    const tenants = Array.from({ length: 200_000 }, (_, i) => `tenant-${i}.example.com backend_${i}`);
    await withMap(() => `${tenants.join('\n')}\ncheckout checkout_blue\n`);
    await appendFile(haproxy.map, 'search search_green\n');
    await haproxy.kill();
    await haproxy.start();
  });

  test('is asked for the entries that matter, with one question', async () => {
    expect(await swept('checkout', 'search', 'nobody')).toEqual(['blue', 'green', 'unknown']);
    expect(questions()).toEqual([
      `show map ${haproxy.map}`,
      ['checkout', 'search', 'nobody'].map((key) => `get map ${haproxy.map} ${key}`).join(';'),
    ]);
  });

  test('is switched, and its drift is seen', async () => {
    const router = makeRouter(optionsOf('checkout'));
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(await swept('checkout')).toEqual(['green']);
  });

  test('is asked for more entries than a line holds', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `nobody-${i}`);
    expect(await swept(...keys, 'search')).toEqual([...keys.map(() => 'unknown'), 'green']);
    expect(questions().length).toBeGreaterThan(2);
  });
});
