/** A staged version that answers otherwise: from two real colors over real processes and Redis to Slack. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Color } from '../../src/release/color.ts';
import { openVillage } from '../support/replicas.ts';
import type { Process, Village } from '../support/replicas.ts';
import type { Levers } from '../support/sample-color.ts';
import { until } from '../support/until.ts';

type Own = NonNullable<ReturnType<Levers['answers']>>;

const cart = {
  total: 42.5,
  currency: 'EUR',
  items: [
    { sku: 'a', n: 1 },
    { sku: 'b', n: 2 },
  ],
  coupon: null,
};
/** Stands where values stand, in both colors: nobody may read it anywhere else. */
const secret = 'sk-live-9f8e7d6c5b4a';
/** What changes by itself, with the keys in another order each time. */
const noise = (): Record<string, unknown> => {
  const entries = Object.entries({
    at: new Date().toISOString(),
    request: randomUUID(),
    ms: Date.now(),
    key: secret,
  });
  return Object.fromEntries(entries.toSorted(() => Math.random() - 0.5));
};
const json = (data: unknown, more: Partial<Own> = {}): Own => ({
  body: JSON.stringify(Math.random() < 0.5 ? { ...noise(), data } : { data, ...noise() }),
  ...more,
});
const page = (words: string): Own => ({
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: `<html><h1>Cart</h1><p>${words}</p><input name="csrf" value="${randomUUID()}"><p>Thanks</p></html>`,
});

/** What the new version, on green, answers otherwise; and the field by which that is named. */
const planted: Record<string, { answer: (color: Color) => Own; field: string }> = {
  number: {
    answer: (color) => json({ ...cart, total: color === 'green' ? 42.51 : 42.5 }),
    field: 'field data.total',
  },
  text: {
    answer: (color) => json({ ...cart, currency: color === 'green' ? secret : 'EUR' }),
    field: 'field data.currency',
  },
  type: {
    answer: (color) => json({ ...cart, total: color === 'green' ? '42.5' : 42.5 }),
    field: 'field data.total',
  },
  missing: {
    answer: (color) => json(color === 'green' ? { total: 42.5 } : { total: 42.5, tax: 8 }),
    field: 'field data.tax',
  },
  added: {
    answer: (color) => json(color === 'green' ? { ...cart, debug: secret } : cart),
    field: 'field data.debug',
  },
  shorter: {
    answer: (color) => json({ ...cart, items: color === 'green' ? cart.items.slice(1) : cart.items }),
    field: 'field data.items (length)',
  },
  order: {
    answer: (color) => json({ list: color === 'green' ? ['b', 'a'] : ['a', 'b'] }),
    field: 'field data.list.*',
  },
  status: { answer: (color) => json(cart, { status: color === 'green' ? 500 : 200 }), field: 'status' },
  redirect: {
    answer: (color) =>
      json({}, { status: 302, headers: { location: color === 'green' ? `/login?${secret}` : '/cart' } }),
    field: 'location',
  },
  html: { answer: (color) => page(color === 'green' ? 'Total 43' : 'Total 42'), field: 'text' },
};
/** Alike, but for what changes by itself. */
const same: Record<string, () => Own> = {
  noisy: () => json(cart),
  pages: () => page('Total 42'),
  killed: () => json(cart),
};

describe('a staged version that answers otherwise', () => {
  let village: Village;
  let [first, second]: [Process | undefined, Process | undefined] = [undefined, undefined];
  const services = [...Object.keys(planted), ...Object.keys(same)];

  beforeAll(async () => {
    village = await openVillage({
      services,
      settings: (service) => ({
        promotion: { bake: '5m', maxDiff: '1%' },
        mirror: { paths: [`/${service}/cart?owner=\${OWNER}`], every: '1s', atLeast: 5 },
      }),
      env: { OWNER: secret },
    });
    for (const color of ['blue', 'green'] as const)
      village[color].levers.answers = (path) => {
        const service = path.split('/')[1] ?? '';
        return planted[service]?.answer(color) ?? same[service]?.();
      };
    [first, second] = await Promise.all([village.startProcess(), village.startProcess()]);
    village.delivers(first, second);
    await Promise.all(
      services.map(async (service) => {
        await village.until(service, 'adopted', ({ state }) => state === 'idle');
        await village.orders(service, `stage ${service} v2`);
      }),
    );
  });
  afterAll(() => village.close());

  const says = async (service: string): Promise<string> =>
    (await village.types(service, `diff ${service}`)).text;
  const compared = (service: string, count: number): Promise<unknown> =>
    village.until(
      service,
      `${count} are compared`,
      ({ diff }) => (diff?.alike ?? 0) + (diff?.differ ?? 0) >= count,
    );

  it('is found in ten of ten kinds, by name, on the card and in diff, and its promote is refused', async () => {
    const kinds = Object.entries(planted);
    expect(kinds).toHaveLength(10);
    await Promise.all(
      kinds.map(async ([service, { field }]) => {
        await compared(service, 5);
        const words = new RegExp(
          `0 of \\d+ alike; \\d+ differ: /${service}/cart\\?… \\(${field.replaceAll(/[.*()]/g, '.')}\\)`,
        );
        await until(`${service} is on the card`, async () => words.test((await village.card(service)) ?? ''));
        expect(await says(service)).toMatch(words);
        const refused = (await village.types(service, `promote ${service}`)).text;
        expect(refused).toMatch(/^differs: .*More answers of the staged color differ \(100 %\) than 1 %: /);
        expect(refused).toMatch(words);
        expect(await village.heading(service)).toBe('blue');
      }),
    );
  });

  it('is not found where only times, ids, the order of keys and white space differ, and its promote goes on', async () => {
    await Promise.all(
      ['noisy', 'pages'].map(async (service) => {
        await compared(service, 5);
        expect(await says(service)).toMatch(/^diff \w+: (\d+) of \1 alike\.\n/);
        await village.orders(service, `promote ${service}`);
        await village.until(service, 'baking', ({ state }) => state === 'baking');
      }),
    );
  });

  it('can be promoted with a reason', async () => {
    await village.orders('number', 'promote number --despite-diff the rounding is new');
    await village.until('number', 'baking', ({ state }) => state === 'baking');
    const words = (await village.history('number')).map((entry) => entry.words);
    expect(words).toContainEqual(expect.stringContaining('despite different answers: the rounding is new'));
  });

  it('is compared on by another process when one is killed, with the counts so far', async () => {
    await compared('killed', 5);
    const [, before] = /(\d+) of \d+ alike/.exec(await says('killed')) ?? [];
    await first?.stop('SIGKILL');
    village.delivers(...(second ? [second] : []));
    await until('it goes on', async () => {
      const [, alike, of] = /^diff killed: (\d+) of (\d+) alike\.\n/.exec(await says('killed')) ?? [];
      return alike === of && Number(alike) > Number(before) + 3;
    });
    expect(await says('text')).toMatch(/^diff text: 0 of \d+ alike; /);
  });

  it('shows no value of an answer and of a query anywhere', async () => {
    await village.untilAllTold();
    const told = services.map((service) => village.transcript(service)).join('\n');
    expect(told).toContain('differ: /text/cart?…');
    const folder = join(village.redis.dir, 'appendonlydir');
    const files = await readdir(folder);
    const kept = (await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))).join('\n');
    expect(kept).toContain('data.currency');
    const logged = `${first?.output()}${second?.output()}`;
    for (const text of [told, kept, logged]) expect(text).not.toContain(secret);
  });
});
