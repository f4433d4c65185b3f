import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { startSentinel } from '../support/redis.ts';
import type { SentinelSet } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { change, record, untilReplicated } from './record.ts';

let set: SentinelSet;
let redis: OpenRedis;
const lines: string[] = [];

beforeAll(async () => {
  set = await startSentinel();
  const log = makeLog({ level: 'info', destination: { write: (text: string) => void lines.push(text) } });
  redis = openRedis(set.url, { prefix: 'switchback', log, replicaName: 'test' });
  await untilReplicated(redis.store);
});

afterEach(() => set.replica.resume());

afterAll(async () => {
  redis.close();
  await set.stop();
});

const save = (service: string) =>
  redis.store
    .save(change(record(service), 0, { durable: true }))
    .then((saved) => saved.ok && saved.replicated);

async function waitsSent(): Promise<number> {
  const stats = await set.master.cli('info', 'commandstats');
  return Number(/cmdstat_wait:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

/** How long the median of many loads took, while `work` went on; ms. */
async function medianLoad(work: Promise<unknown>): Promise<number> {
  let going = true;
  const ended = work.finally(() => {
    going = false;
  });
  const took: number[] = [];
  while (going) {
    const at = performance.now();
    await redis.store.load('checkout');
    took.push(performance.now() - at);
  }
  await ended;
  return took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
}

const many = (start: string): string[] => Array.from({ length: 50 }, (_, i) => `${start}-${i}`);

test('saves that come together share their wait for the replica', async () => {
  const before = await waitsSent();
  expect(new Set(await Promise.all(many('together').map(save)))).toEqual(new Set([true]));
  expect((await waitsSent()) - before).toBeLessThan(20);
});

test('a replica that lags holds no other command up, and is believed again soon after it has caught up', async () => {
  set.replica.pause();
  const before = await waitsSent();
  const startAt = performance.now();
  const saving = Promise.all(many('lagging').map(save));
  const median = await medianLoad(saving);
  expect(new Set(await saving)).toEqual(new Set([false]));
  // One that was held up would take a second.
  expect(median).toBeLessThan(300);
  // One of them waited, the others were told what it was told.
  for (const service of many('later')) expect(await save(service)).toBe(false);
  expect(await redis.alerts.watchCopies?.()()).toBe('missing');
  expect((await waitsSent()) - before).toBeLessThan(2 + (performance.now() - startAt) / 400);
  set.replica.resume();
  let count = 0;
  await until('a save is replicated', () => save(`after-${(count += 1)}`));
  expect(await redis.alerts.watchCopies?.()()).toBe('made');
});

test('a witness that was cut off is connected again', async () => {
  const clients = await set.master.cli('client', 'list');
  const id = /id=(\d+) .*name=switchback-waits /.exec(clients)?.[1] ?? '';
  await set.master.cli('client', 'kill', 'id', id);
  await until('it has gone', async () => !(await set.master.cli('client', 'list')).includes(`id=${id} `));
  expect(await until('a save is replicated', () => save(`cut-${performance.now()}`))).toBe(true);
});

test('a store with no replica left waits for none', async () => {
  await set.replica.kill();
  await until('nobody names it', () => redis.store.liveReplicas?.() === 0);
  expect(await save('alone')).toBe(false);
  const before = await waitsSent();
  expect(new Set(await Promise.all(many('alone').map(save)))).toEqual(new Set([false]));
  expect(await waitsSent()).toBe(before);
  expect(await redis.alerts.watchCopies?.()()).toBe('none');
  const told = () => lines.filter((line) => line.includes('live replica'));
  await until('the log says so', () => told().length > 0);
  expect(told()).toEqual([expect.stringContaining('no live replica; stage and promote are refused')]);
  await set.replica.restart();
  await until('a save is replicated', () => save(`back-${performance.now()}`));
  await until('the log says that it is back', () => told().length > 1);
}, 90_000);
