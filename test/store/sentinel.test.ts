import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromNow } from '../../src/release/instant.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { startSentinel } from '../support/redis.ts';
import type { SentinelSet } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { quiet } from './quiet.ts';
import { change, entry, promoting, record, untilReplicated } from './record.ts';

let set: SentinelSet;
let redis: OpenRedis;

beforeAll(async () => {
  set = await startSentinel();
  redis = openRedis(set.url, { prefix: 'switchback', log: quiet, replicaName: 'test' });
  await untilReplicated(redis.store);
});

afterAll(async () => {
  redis.close();
  await set.stop();
});

test('a durable save or pending revert is replicated, one without a replica says so, and a failover is followed', async () => {
  const { store } = redis;
  expect(store.replicas).toBe(true);
  expect(store.liveReplicas?.()).toBe(1);
  await store.save(change(promoting('billing'), 0));
  const actor = { kind: 'cli', name: 'x' } as const;
  const pendingRevert = (id: string) =>
    store.savePendingRevert('billing', 'op1', { id, actor, at: fromNow() }, entry('asked'));
  const save = (revision: number) => store.save(change(record('checkout'), revision, { durable: true }));
  expect(await save(0)).toMatchObject({ ok: true, replicated: true });
  expect(await pendingRevert('w1')).toMatchObject({ ok: true, joined: false, replicated: true });

  set.replica.pause();
  expect(await save(1)).toMatchObject({ ok: true, replicated: false });
  expect(await pendingRevert('w2')).toMatchObject({ ok: true, joined: true, replicated: false });
  set.replica.resume();
  await until('the replica has caught up', async () => {
    return (await set.replica.cli('hget', 'switchback:{switchback}:s:checkout', 'revision')) === '2';
  });

  await set.master.kill();
  await until('the client sees the loss', () => !redis.ready());
  const found = await until(
    'the new master answers',
    async () => (await store.load('checkout')).record,
    20_000,
  );
  expect(found.revision).toBe(2);
  expect(await set.masterPort()).toBe(set.replica.port);
  expect(await save(2)).toMatchObject({ ok: true, replicated: false, record: { revision: 3 } });
  expect(await set.replica.cli('hget', 'switchback:{switchback}:s:checkout', 'revision')).toBe('3');
  await until('nobody names a live replica any more', () => store.liveReplicas?.() === 0);
}, 90_000);
