/** Sample bodies of every kind of source, whole and broken, through the way in. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alertSourceOptions } from '../../src/alerts/sources/index.ts';
import type { AlertSource } from '../../src/alerts/sources/index.ts';
import { alertsRoute } from '../../src/alerts/route.ts';
import { hmac } from '../support/hmac.ts';
import { makeLobby } from '../../src/net/lobby.ts';
import { systemClock } from '../../src/release/clock.ts';
import type { Delivery } from '../../src/release/alerts/alert.ts';
import { closeServer, listen } from '../support/listen.ts';

type Kind = AlertSource['kind'];
type Json = Record<string, unknown>;

const token = 'token-of-the-bodies';
const kinds: readonly Kind[] = ['alertmanager', 'grafana', 'generic'];
const samples = kinds.flatMap((kind) =>
  readdirSync(`test/fixtures/${kind}`).map((file) => {
    const text = readFileSync(`test/fixtures/${kind}/${file}`, 'utf8');
    return { kind, file, text, json: JSON.parse(text) as Json & { alerts: Json[] } };
  }),
);
const sample = (kind: Kind): (typeof samples)[number] => {
  const found = samples.find((each) => each.kind === kind && each.json.alerts.length > 0);
  if (!found) throw new Error(`no sample of ${kind}`);
  return found;
};

let taken: Delivery[];
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const source = (kind: Kind): AlertSource =>
  alertSourceOptions.parse({ kind, token, linkHosts: ['runbooks.example.com'] });
const route = alertsRoute({
  sources: Object.fromEntries(kinds.map((kind) => [kind, source(kind)])),
  take: async (delivery) => void taken.push(delivery),
  lobby: makeLobby(() => performance.now()),
  observe: { alert: () => {}, delivery: () => {} },
  clock: systemClock,
  log: quiet,
});
const server = createServer((request, response) => void route(request, response, request.url ?? ''));
let port: number;
beforeAll(async () => {
  port = await listen(server);
});
beforeEach(() => {
  taken = [];
});
afterAll(() => closeServer(server));

/** Sends bytes as this kind of sender does, authentic. */
async function send(kind: Kind, body: string | Buffer): Promise<[number, string]> {
  const bytes = Buffer.from(body);
  const at = String(Math.floor(Date.now() / 1_000));
  const proof: Record<string, string> =
    kind === 'generic'
      ? {
          'x-switchback-timestamp': at,
          'x-switchback-signature': `v1=${hmac(token, at, ':', bytes)}`,
        }
      : { authorization: `Bearer ${token}` };
  const answer = await fetch(`http://127.0.0.1:${port}/hooks/alerts/${kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...proof },
    body: bytes,
  });
  return [answer.status, (await answer.text()).trimEnd()];
}

test.each(samples)('$file is taken whole', async ({ kind, text, json }) => {
  expect(await send(kind, text)).toEqual([202, 'stored']);
  const [delivery] = taken;
  expect(delivery?.source).toBe(kind);
  expect(delivery?.truncated).toBe(0);
  expect(delivery?.alerts.map(({ fingerprint, status }) => [fingerprint, status])).toEqual(
    json.alerts.map((alert) => [alert['fingerprint'] ?? alert['id'], alert['status']]),
  );
  for (const [i, alert] of (delivery?.alerts ?? []).entries()) {
    const { startsAt, since = startsAt } = json.alerts[i] ?? {};
    expect(alert.since).toBe(Math.floor(Date.parse(String(since))));
    expect(alert.title).not.toBe('');
    expect(alert.endedAt !== undefined).toBe(alert.status === 'resolved');
  }
});

test('runbooks of every source are links, when their host is listed', async () => {
  const [grafana, generic] = [sample('grafana'), sample('generic')];
  for (const { kind, text } of [grafana, generic]) await send(kind, text);
  // What a sender calls its link itself is marked, so that it is none of our buttons.
  expect(taken.map(({ alerts }) => alerts[0]?.links)).toEqual([
    [{ label: 'Runbook', url: 'https://runbooks.example.com/checkout' }],
    [{ label: '↗ Runbook', url: 'https://runbooks.example.com/checkout' }],
  ]);
});

/** How bodies are broken, and where the answer says that they are. `key`: the name of the group's key there. */
type Broken = [what: string, break_: (body: Json, key: string) => unknown, where: RegExp];
const broken: Broken[] = [
  ['not an object', () => [], /^body: is not an object$/],
  ['null', () => null, /^body: is not an object$/],
  ['empty', () => ({}), /^(version|schema): /],
  [
    'of another version',
    (body) => ({ ...body, version: '9', schema: 'other-1' }),
    /^(version|schema): must be /,
  ],
  ['without its group', (body, key) => ({ ...body, [key]: undefined }), /^(groupKey|group): /],
  ['with an empty group', (body, key) => ({ ...body, [key]: '' }), /^(groupKey|group): /],
  ['with a group that is a number', (body, key) => ({ ...body, [key]: 7 }), /^(groupKey|group): /],
  ['with a group of 200 kB', (body, key) => ({ ...body, [key]: 'g'.repeat(200_000) }), /^(groupKey|group): /],
  ['without alerts', (body) => ({ ...body, alerts: undefined }), /^alerts: /],
  ['with no alert in it', (body) => ({ ...body, alerts: [] }), /^alerts: /],
  ['with alerts that are an object', (body) => ({ ...body, alerts: { 0: {} } }), /^alerts: /],
  ['with an alert that is a text', (body) => ({ ...body, alerts: ['on fire'] }), /^alerts\.0: /],
  ['with another status', (body) => altered(body, { status: 'pending' }), /^alerts\.0\.status: /],
  ['with labels that are a list', (body) => altered(body, { labels: ['a'] }), /^alerts\.0\.labels: /],
  [
    'with a label that is an object',
    (body) => altered(body, { labels: { a: {} } }),
    /^alerts\.0\.labels\.a: /,
  ],
  [
    'with 300 labels',
    (body) =>
      altered(body, { labels: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`l${i}`, 'x'])) }),
    /^alerts\.0\.labels: has more than 200/,
  ],
  [
    'too deep',
    (body) => ({ ...body, more: JSON.parse(`${'['.repeat(17)}${']'.repeat(17)}`) as unknown }),
    /^body: is more than 16 levels deep$/,
  ],
];

/** The body with each alert altered; keys that the kind does not have are left out. */
function altered(body: Json, change: Json): Json {
  const alerts = body['alerts'] as Json[];
  const own = Object.entries(change).filter(([key]) => alerts.some((alert) => Object.hasOwn(alert, key)));
  return { ...body, alerts: alerts.map((alert) => ({ ...alert, ...Object.fromEntries(own) })) };
}

describe.each(kinds)('a body of %s', (kind) => {
  const { json, text } = sample(kind);
  const key = kind === 'generic' ? 'group' : 'groupKey';

  test.each(broken)(
    '%s is refused with the place, and nothing of it is taken',
    async (_what, break_, where) => {
      const [status, said] = await send(kind, JSON.stringify(break_(json, key)));
      expect([status, said]).toEqual([400, expect.stringMatching(where)]);
      expect(taken).toEqual([]);
    },
  );

  test.each([
    ['nothing', ''],
    ['half of it', text.slice(0, text.length / 2)],
    ['a form', 'payload=%7B%7D'],
    ['two bodies', text + text],
    ['no UTF-8', Buffer.from(text.replace('firing', 'firing\u00ff'), 'latin1')],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['what breaks a reader that calls itself', `{"a":${'['.repeat(200_000)}`],
  ])('that is %s is refused as no JSON', async (_what, bytes) => {
    expect(await send(kind, bytes)).toEqual([400, 'body: is not JSON']);
    expect(taken).toEqual([]);
  });

  test('with one broken alert among good ones is taken without it, and says so', async () => {
    const alerts = [...json.alerts, { ...json.alerts[0], status: 7 }];
    const said = `stored; 1 alert could not be read: alerts.${json.alerts.length}.status`;
    expect(await send(kind, JSON.stringify({ ...json, alerts }))).toEqual([
      202,
      expect.stringContaining(said),
    ]);
    expect(taken[0]?.alerts).toHaveLength(json.alerts.length);
    expect(taken[0]?.unreadable?.count).toBe(1);
  });

  test('that begins with a byte order mark is read', async () => {
    expect(await send(kind, `\ufeff${text}`)).toEqual([202, 'stored']);
  });
});

test('a generic alert without its id is refused with the place', async () => {
  const { json } = sample('generic');
  const [status, said] = await send('generic', JSON.stringify(altered(json, { id: undefined })));
  expect([status, said]).toEqual([400, expect.stringMatching(/^alerts\.0\.id: /)]);
});

/** The sample of a kind with so many alerts. */
function many(kind: Kind, length: number): string {
  const { json } = sample(kind);
  const alerts = Array.from({ length }, (_, i) =>
    kind === 'generic'
      ? { ...json.alerts[0], id: `a${i}` }
      : { status: 'firing', labels: {}, startsAt: '2026-11-20T22:46:31Z', fingerprint: `a${i}` },
  );
  return JSON.stringify({ ...json, alerts });
}

test.each(['alertmanager', 'grafana'] as const)(
  'of more than 5,000 alerts of %s the others are counted',
  async (kind) => {
    expect((await send(kind, many(kind, 5_001)))[0]).toBe(202);
    expect(taken[0]?.alerts).toHaveLength(5_000);
    expect(taken[0]?.truncated).toBe(1);
  },
);

test('more than 500 alerts of a generic sender are refused', async () => {
  expect(await send('generic', many('generic', 501))).toEqual([400, expect.stringMatching(/^alerts: /)]);
  expect(taken).toEqual([]);
});
