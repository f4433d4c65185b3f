/** An outbox on Redis that somebody else wrote into: it neither keeps a process busy nor what else waits in it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Workspace } from '../../packages/slack-double/src/index.ts';
import { makeLog } from '../../src/log.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { systemClock } from '../../src/release/clock.ts';
import { line } from '../../src/release/line.ts';
import { makeSender } from '../../src/slack/outbox-sender.ts';
import { makeClient } from '../../src/slack/client.ts';
import { quiet } from '../store/quiet.ts';
import { startRedis } from '../support/redis.ts';
import type { RedisServer } from '../support/redis.ts';
import { until } from '../support/until.ts';

const channel = 'C0RELEASES';
const key = 'switchback:{switchback}:';
const log = { info: () => {}, warn: () => {}, error: () => {} };

let server: RedisServer;
let redis: OpenRedis;
let slack: Workspace;
let stopping: AbortController;
let running: Promise<void>;
/** How often the channel was taken. */
let taken: number;

beforeEach(async () => {
  server = await startRedis();
  redis = openRedis(server.url, { prefix: 'switchback', log: quiet, replicaName: 'test' });
  slack = await openWorkspace({ postRate: { perMinute: 6_000, burst: 100 } });
  stopping = new AbortController();
  running = Promise.resolve();
  taken = 0;
});

afterEach(async () => {
  stopping.abort();
  await running;
  redis.close();
  await slack.close();
  await server.stop();
});

/** A replica's sender, as the core drives it: what became due while a channel was sent to is looked at without a pause. */
function start(): void {
  const { signal } = stopping;
  const env = slack.env('http');
  const send = makeSender({
    agenda: redis.agenda,
    store: redis.store,
    alerts: redis.alerts,
    evidence: redis.evidence,
    outbox: redis.outbox,
    catalog: { find: () => undefined, stored: () => Promise.reject(new Error('none')) as never },
    people: { mentions: () => [] },
    clock: systemClock,
    log,
    client: makeClient({
      token: env['SLACK_BOT_TOKEN'] ?? '',
      apiUrl: env['SLACK_API_URL'] ?? '',
      log: makeLog({ level: 'silent' }),
      observe: { slackCall: () => {} },
    }),
    defaultChannel: channel,
  });
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      const { names } = await redis.agenda.take('one', 64, 10_000);
      taken += names.length;
      for (const name of names) await send(name, 'one', signal).catch(() => {});
      if (names.length === 0) await systemClock.sleep(20, signal);
    }
  };
  running = loop();
}

const said = () =>
  slack
    .channel('#releases')
    .messages()
    .map(({ text }) => text);

test.each([
  ['a notice whose text is gone', ['hdel', `${key}notices:${channel}`, 'lost'], 'cannot be read'],
  ['a notice that is no JSON', ['hset', `${key}notices:${channel}`, 'lost', 'garbage'], 'cannot be read'],
  ['a mark of a card that names none', ['hset', `${key}draw:${channel}`, 'garbage', '7'], 'kept'],
])('%s is not looked at for ever, and the others are sent', async (_, damage, words) => {
  const notice = { service: '', release: null, kind: 'event', channel } as const;
  await redis.outbox.post([{ ...notice, id: 'lost', text: line`lost` }]);
  await redis.outbox.post([{ ...notice, id: 'kept', text: line`kept` }]);
  await server.cli(...damage);
  start();
  await until('the other is sent', () => said().some((text) => text.includes('kept')));
  await until('nothing waits', async () => (await redis.outbox.depth()) === 0);
  expect(said().join()).toContain(words);
  expect(taken).toBeLessThan(10);
});
