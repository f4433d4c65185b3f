/** Two colors that answer alike, but for what changes by itself, are called alike; a planted difference is found. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePath } from '../../../src/release/mirror/compare-path.ts';
import type { KnownPath } from '../../../src/release/mirror/compare-path.ts';
import { differing, noCounts } from '../../../src/release/mirror/counts.ts';
import type { PathCounts } from '../../../src/release/mirror/counts.ts';
import type { MirrorAnswer } from '../../../src/release/mirror/port.ts';
import type { Color } from '../../../src/release/color.ts';
import { seeded } from '../../support/pairs.ts';

const json = 'application/json';
const beganAt = Date.parse('2026-03-04T05:06:07Z');

/** A pretend color: what it answers at this time, ms since 1970. */
type Answering = (color: Color, at: number) => Partial<MirrorAnswer> & { json?: unknown };

/** Makes so many comparisons, 10 s apart, and returns the counts. */
async function studied(
  answer: Answering,
  { rounds = 12, ignore = [] }: { rounds?: number; ignore?: string[] } = {},
): Promise<PathCounts> {
  let now = beganAt;
  const signal = new AbortController().signal;
  const clock = { sleep: async (ms: number) => void (now += ms) };
  const rule = () => ({
    ignore,
    now,
    live: { color: 'blue', version: 'v1.4.0', host: '10.0.0.11:8080' } as const,
    idle: { color: 'green', version: 'v1.5.0', host: '10.0.0.12:8080' } as const,
  });
  const path = {
    shown: '/cart',
    async ask(color: Color) {
      now += 7;
      const { json: value, ...given } = answer(color, now);
      const body = value === undefined ? '' : JSON.stringify(value);
      return { status: 200, contentType: json, location: '', body, ...given };
    },
  };
  let known: KnownPath = { counts: noCounts };
  for (let round = 0; round < rounds; round += 1) {
    known = (await comparePath(clock, { path, live: 'blue', rule }, known, signal)) ?? known;
    now += 10_000;
  }
  return known.counts;
}

const alike = (rounds = 12) => ({ alike: rounds, differ: 0, unsure: 0, failed: 0 });

/** The same JSON with the keys of its objects in another order. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((each) => shuffled(each, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, shuffled(each, random)] as const);
  return Object.fromEntries(entries.toSorted(() => random() - 0.5));
}

const cart = {
  id: 'c-1',
  total: 42.5,
  currency: 'EUR',
  paid: false,
  coupon: null,
  items: [
    { sku: 'a', price: 40, tags: ['x', 'y'] },
    { sku: 'b', price: 2.5, tags: [] },
  ],
  shipping: { city: 'Bern', days: 3 },
};

describe('what changes by itself is alike', () => {
  it('in any order of the keys of any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), fc.nat(), async (value, seed) => {
        const random = seeded(seed);
        const { fields, ...counts } = await studied(() => ({ json: shuffled(value, random) }), { rounds: 2 });
        expect({ ...counts, fields }).toEqual({ ...alike(2), fields: [] });
      }),
      { numRuns: 60 },
    );
  });

  const random = seeded(7);
  const id = (): string => Array.from({ length: 4 }, () => random().toString(36).slice(2)).join('-');
  let counter = 0;
  const cases: Record<string, Answering> = {
    'a time of now': (_, at) => ({ json: { ...cart, at: new Date(at).toISOString(), took: at } }),
    'a time of now in whole seconds': (_, at) => ({ json: { ...cart, at: Math.floor(at / 1_000) } }),
    'a time of the build of a cached page': (color, at) => ({
      json: {
        ...cart,
        cachedAt: new Date(at - (color === 'blue' ? 60_000 : 1_000) - (at % 60_000)).toUTCString(),
      },
    }),
    'request ids': () => ({ json: { ...cart, requestId: id(), trace: { span: id() } } }),
    'keys that are ids': () => ({ json: { ...cart, sessions: { [id()]: 1, [id()]: 2 } } }),
    'a counter of each color': (color) => {
      counter += 1;
      return { json: { ...cart, served: color === 'blue' ? counter : counter * 3 } };
    },
    'seconds since the start of each color': (color, at) => ({
      json: { ...cart, uptime: Math.floor((at - beganAt) / 1_000) + (color === 'blue' ? 90_000 : 60) },
    }),
    'the order of a list that is random': () => ({
      json: { ...cart, also: ['a', 'b', 'c', 'd', 'e'].toSorted(() => random() - 0.5) },
    }),
    'the name of the color, its version and its host': (color) => ({
      json: {
        ...cart,
        color,
        version: color === 'blue' ? 'v1.4.0' : 'v1.5.0',
        by: `http://10.0.0.${color === 'blue' ? 11 : 12}:8080/cart (${color})`,
      },
    }),
    'a redirect to itself': (color) => ({
      status: 302,
      location: `http://10.0.0.${color === 'blue' ? 11 : 12}:8080/login`,
    }),
    'the spelling of a content type': (color) => ({
      contentType: color === 'blue' ? 'application/json; charset=utf-8' : 'Application/JSON',
      json: cart,
    }),
    'white space in HTML, and a token in a form': (color, at) => ({
      contentType: color === 'blue' ? 'text/html;charset=utf-8' : 'text/html; Charset="UTF-8"',
      body: `<html><body>${color === 'blue' ? '' : '\n  '}<h1>Cart</h1><p>2 items</p><input value="${id()}"><p>${new Date(at).toISOString()}</p></body></html>`,
    }),
    'a field that only one of the others has by chance': () => ({
      json: random() < 0.5 ? cart : { ...cart, offer: 'now' },
    }),
  };
  it.each(Object.entries(cases))('%s', async (_, answer) => {
    const counts = await studied(answer, { rounds: 40 });
    expect(differing(counts)).toEqual([]);
    expect({ differ: counts.differ, failed: counts.failed }).toEqual({ differ: 0, failed: 0 });
    expect(counts.unsure).toBeLessThanOrEqual(2);
  });

  it('a field of two values by chance is called different in at most one of 150 services', async () => {
    let found = 0;
    for (let seed = 1; seed <= 150; seed += 1) {
      const dice = seeded(seed);
      const share = 0.05 + 0.9 * dice();
      const counts = await studied(() => ({ json: { ...cart, lane: dice() < share ? 'a' : 'b' } }), {
        rounds: 40,
      });
      if (differing(counts).length > 0) found += 1;
    }
    expect(found).toBeLessThanOrEqual(1);
  });

  it('a field that is left out of the comparison', async () => {
    const answer: Answering = (color) => ({
      contentType: color === 'blue' ? 'application/json' : 'application/hal+json',
      json: { ...cart, pod: color === 'blue' ? 'p-1' : 'p-2', items: [{ sku: 'a', rev: color }] },
    });
    const counts = await studied(answer, { ignore: ['pod', 'items.*.rev', 'content-type'] });
    expect(counts).toMatchObject(alike());
  });
});

describe('a planted difference is found, by the name of its field', () => {
  /** With much that changes by itself around it. */
  const dice = seeded(11);
  const noise = (at: number) => ({ at: new Date(at).toISOString(), id: dice() });
  const planted = (change: (it: typeof cart) => unknown): Answering => {
    return (color, at) => ({
      json: { ...noise(at), data: color === 'green' ? change(structuredClone(cart)) : cart },
    });
  };
  const page = (total: string) => `<html><h1>Cart</h1><p>Total ${total}</p><p>Thanks</p></html>`;
  const kinds: Record<string, [Answering, string]> = {
    'a number': [planted((it) => ({ ...it, total: 42.51 })), 'data.total'],
    'a text': [planted((it) => ({ ...it, currency: 'USD' })), 'data.currency'],
    'another type': [planted((it) => ({ ...it, total: '42.5' })), 'data.total'],
    'a missing field': [planted((it) => ({ ...it, coupon: undefined })), 'data.coupon'],
    'a new field': [planted((it) => ({ ...it, debug: true })), 'data.debug'],
    'a field of one element of a list': [
      planted((it) => ({
        ...it,
        items: it.items.map((each, i) => (i === 1 ? { ...each, price: 3 } : each)),
      })),
      'data.items.*.price',
    ],
    'a missing element': [planted((it) => ({ ...it, items: it.items.slice(1) })), 'data.items (length)'],
    'the order of a list': [planted((it) => ({ ...it, items: it.items.toReversed() })), 'data.items.*.sku'],
    'a status': [(color) => ({ status: color === 'green' ? 500 : 200, json: cart }), 'status'],
    'a content type': [
      (color) => ({ contentType: color === 'green' ? 'text/plain' : json, json: cart }),
      'content-type',
    ],
    'where a redirect leads': [
      (color) => ({ status: 302, location: color === 'green' ? '/login' : '/cart' }),
      'location',
    ],
    'a word in HTML': [
      (color, at) => ({
        contentType: 'text/html',
        body: `${page(color === 'green' ? '43' : '42')}<i>${at}</i>${dice()}`,
      }),
      'text',
    ],
    'an answer that is no JSON': [
      (color) => ({ body: color === 'green' ? '{"total": 42.' : JSON.stringify(cart) }),
      'body',
    ],
    'the last digit of a long number next to numbers with many digits after their point': [
      (color) => ({
        body: `{"a": 0.1234567890123456789, "b": -1e-7, "id": -900719925474099${color === 'green' ? 3 : 2}}`,
      }),
      'id',
    ],
    'the last digit of a long number': [
      (color) => ({ body: `{"id": 900719925474099${color === 'green' ? 3 : 2}}` }),
      'id',
    ],
  };
  it.each(Object.entries(kinds))('%s', async (_, [answer, field]) => {
    const counts = await studied(answer);
    expect(differing(counts)).toContain(field);
    expect(counts).toMatchObject({ alike: 0, differ: 12, unsure: 0, failed: 0 });
  });

  it('in one of three requests, by one machine of three', async () => {
    let asked = 0;
    const answer: Answering = (color) => {
      if (color === 'green') asked += 1;
      return { json: color === 'green' && asked % 3 === 0 ? { ...cart, total: 1 } : cart };
    };
    const counts = await studied(answer, { rounds: 40 });
    expect(differing(counts)).toEqual(['total']);
    expect(counts.differ).toBeGreaterThan(5);
  });
});

describe('what cannot be compared', () => {
  it('is counted with its reason, and never as alike', async () => {
    const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
    const nested = await studied((color) => ({ body: `[1,${deep},${color === 'blue' ? 1 : 2}]` }));
    expect(nested).toMatchObject({
      ...alike(0),
      failed: 12,
      why: 'its JSON is nested too deep',
    });
    let turn = 0;
    const changing = await studied(() => ({
      contentType: 'text/plain',
      body: `a${(turn += 1)}\nb${turn}\nc`,
    }));
    expect(changing).toMatchObject({
      failed: 12,
      why: 'most of it changes from one answer of the live color to the next',
    });
  });
});

describe('an answer of the largest size', () => {
  const large: Record<string, [Answering, object]> = {
    'of which all differs': [
      (color) => ({ json: Array.from({ length: 100_000 }, () => (color === 'blue' ? 1 : 2)) }),
      { why: 'too much of it differs to be compared' },
    ],
    'with too many lines': [
      (color) => ({ contentType: 'text/html', body: `<p>${'<a>'.repeat(20_000)}${color}` }),
      { why: 'it has too many lines' },
    ],
    'that is the same': [() => ({ json: Array.from({ length: 100_000 }, () => 1) }), { why: undefined }],
  };
  it.each(Object.entries(large))('%s, is compared in bounded time', async (_, [answer, found]) => {
    const counts = await studied(answer, { rounds: 1 });
    expect({ why: counts.why }).toEqual(found);
    expect(counts.alike + counts.failed).toBe(1);
  });
});

describe('names of fields', () => {
  it('hold nothing that may be data', async () => {
    const secrets = [
      'sk-live-51Habc',
      'ann@example.com',
      '4111111111111111',
      'eyJhbGciOi.J9.x',
      '<!channel>',
    ];
    for (const secret of secrets) {
      const counts = await studied((color) => ({
        json: { users: { [secret]: { rank: color === 'green' ? secret : 1 } }, [secret]: color === 'green' },
      }));
      expect(counts.differ).toBe(12);
      expect(JSON.stringify(counts)).not.toContain(secret);
      expect(differing(counts)).toEqual(expect.arrayContaining(['users.*.rank', '*']));
    }
  });

  it('are bounded in number and length', async () => {
    const many = (color: Color): Record<string, Color> =>
      Object.fromEntries(
        Array.from({ length: 500 }, (_, i) => [`${'k'.repeat(i % 30)}x${'-'.repeat(i / 30)}`, color]),
      );
    const counts = await studied((color) => ({ json: { x: [[{ y: many(color) }]], n: color === 'blue' } }));
    expect(JSON.stringify(counts).length).toBeLessThan(8_000);
    const deep = (color: Color): unknown =>
      Array.from({ length: 40 }).reduce<unknown>((inner) => ({ wrapped: inner }), color === 'green');
    const [name = ''] = differing(await studied((color) => ({ json: deep(color) })));
    expect(name).toMatch(/^wrapped\.wrapped.*…$/);
    expect(name.length).toBe(80);
  });
});
