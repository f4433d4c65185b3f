/** Long bodies of known senders, packed ones, and those of other senders than a source expects. */
import { request } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { growing, longestKnown, makeBodyBudget } from '../../src/alerts/body-budget.ts';
import { openRoute, routeToken, signedBy } from '../support/alert-route.ts';
import { alertmanagerBody } from '../support/alerts.ts';
import { oddBodies } from '../support/odd-alerts.ts';

const mib = 1024 * 1024;
const bearer = { authorization: `Bearer ${routeToken}` };
const many = (count: number): string =>
  JSON.stringify(
    alertmanagerBody(
      'storm',
      Array.from({ length: count }, (_, i) => ({
        name: `a${i}`,
        annotations: { summary: 'x'.repeat(1_000) },
      })),
    ),
  );

/** Sends pieces without saying how many bytes they are. */
function sendChunked(origin: string, pieces: readonly string[]): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}/hooks/alerts/prom`, { method: 'POST', headers: bearer }, (response) => {
      let said = '';
      response.on('data', (piece: Buffer) => (said += piece.toString()));
      response.on('end', () => resolve([response.statusCode ?? 0, said]));
    });
    sent.on('error', reject);
    for (const piece of pieces) sent.write(piece);
    sent.end();
  });
}

test('a storm of thousands of alerts in one body of several MiB is stored', async () => {
  const { send, taken } = await openRoute();
  const storm = many(4_000);
  expect(storm.length).toBeGreaterThan(4 * mib);
  expect(await send(storm)).toEqual([202, 'stored\n']);
  expect(taken[0]?.delivery.alerts).toHaveLength(4_000);
});

test('a large body is stored too when its sender does not say how long it is', async () => {
  const { origin, taken } = await openRoute();
  const storm = many(3_000);
  const pieces = storm.match(/.{1,65536}/gs) ?? [];
  expect(await sendChunked(origin, pieces)).toEqual([202, 'stored\n']);
  expect(taken[0]?.delivery.alerts).toHaveLength(3_000);
});

test('a body above 8 MiB is refused, and a signed one above 1 MiB', async () => {
  const { send, origin } = await openRoute();
  const long = ' '.repeat(longestKnown + 1);
  expect(await send(long)).toEqual([413, 'more than 8 MiB\n']);
  expect(await sendChunked(origin, long.match(/.{1,1048576}/gs) ?? [])).toEqual([413, 'more than 8 MiB\n']);
  const own = ' '.repeat(2 * mib);
  expect(await send(own, { path: '/hooks/alerts/own', headers: signedBy(own) })).toEqual([
    413,
    'more than 1 MiB\n',
  ]);
});

test('a body of unknown length asks for room as it grows, and gives all of it back', () => {
  const room = makeBodyBudget();
  const leave = room.take(30 * mib);
  const one = growing(room, mib);
  expect(one?.grow(Buffer.alloc(mib))).toBe(true);
  expect(one?.grow(Buffer.alloc(1))).toBe(true);
  expect(one?.grow(Buffer.alloc(mib))).toBe(false);
  expect(growing(room, 1)).toBeUndefined();
  one?.leave();
  leave?.();
  expect(room.take(32 * mib)).toBeDefined();
});

test('a body packed by gzip is unpacked', async () => {
  const { post, taken } = await openRoute();
  const packed = (body: Buffer<ArrayBuffer>, encoding: string) =>
    post(body, { headers: { ...bearer, 'content-encoding': encoding } });
  const answers: [number, string][] = [];
  for (const [body, encoding] of [
    [gzipSync(many(2)), 'gzip'],
    [Buffer.from(many(2)), 'identity'],
    [deflateSync(many(2)), 'deflate'],
    [Buffer.from(many(2)), 'gzip'],
    [gzipSync(' '.repeat(longestKnown + 1)), 'gzip'],
  ] as const) {
    const answer = await packed(body, encoding);
    answers.push([answer.status, await answer.text()]);
  }
  expect(answers).toEqual([
    [202, 'stored\n'],
    [202, 'stored\n'],
    [400, 'content-encoding: deflate is not supported; send it uncompressed or as gzip\n'],
    [400, 'body: is not gzip, but its content-encoding says so\n'],
    [413, 'more than 8 MiB\n'],
  ]);
  expect(taken).toHaveLength(2);
});

test.each([
  [
    'of several members',
    Buffer.concat([gzipSync(many(2).slice(0, 50)), gzipSync(many(2).slice(50))]),
    202,
    'stored',
  ],
  ['cut short', gzipSync(many(2)).subarray(0, 60), 400, 'body: its gzip data is incomplete'],
  [
    'of several members that becomes too large',
    Buffer.concat([gzipSync(' '.repeat(longestKnown)), gzipSync('{}')]),
    413,
    'more than 8 MiB',
  ],
])('a gzip body %s is answered with words', async (_, packed, status, words) => {
  const { post, taken } = await openRoute();
  const answer = await post(packed, { headers: { ...bearer, 'content-encoding': 'gzip' } });
  expect([answer.status, await answer.text()]).toEqual([status, `${words}\n`]);
  expect(taken).toHaveLength(status === 202 ? 1 : 0);
});

test('a gzip body that becomes larger than it says is refused', async () => {
  const { post } = await openRoute();
  const bomb = gzipSync(' '.repeat(4 * mib));
  bomb.writeUInt32LE(10, bomb.length - 4);
  const answer = await post(bomb, {
    headers: { ...bearer, 'content-encoding': 'gzip' },
  });
  expect(answer.status).toBe(400);
});

const [, legacy = {}] = oddBodies('without-status');
const ofAlertmanager = alertmanagerBody('g', [{}]);
const own = { schema: 'switchback-1', group: 'g', alerts: [] };

test.each([
  ['graf', legacy, "Grafana's legacy alerting is not supported; Grafana 11 removed it"],
  ['prom', legacy, "Grafana's legacy alerting is not supported; Grafana 11 removed it"],
  [
    'graf',
    ofAlertmanager,
    'this is from Alertmanager, but the source has kind grafana: set kind: alertmanager',
  ],
  ['prom', { ...ofAlertmanager, version: '1' }, 'this is from Grafana, but the source has kind alertmanager'],
  ['prom', own, 'this is from a switchback-1 sender, but the source has kind alertmanager'],
  ['prom', [{ labels: {}, generatorURL: '' }], 'this is what Prometheus sends to Alertmanager'],
  ['prom', { Type: 'Notification', TopicArn: 'arn:x' }, 'Amazon SNS messages are not supported'],
  ['prom', { event: { event_type: 'incident.triggered' } }, 'PagerDuty events are not supported'],
  ['graf', { text: 'hi', blocks: [] }, 'Slack messages are not supported'],
])('the %s source names a body of another kind as what it is: %j', async (source, body, words) => {
  const { send } = await openRoute();
  const [status, said] = await send(body, { path: `/hooks/alerts/${source}` });
  expect([status, said]).toEqual([400, expect.stringContaining(words)]);
});

test('an Alertmanager body at a generic source is named', async () => {
  const { send } = await openRoute();
  const text = JSON.stringify(ofAlertmanager);
  const [status, said] = await send(text, { path: '/hooks/alerts/own', headers: signedBy(text) });
  expect([status, said]).toEqual([400, expect.stringContaining('this is from Alertmanager')]);
});
