import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { fromNow } from '../../src/release/instant.ts';
import { type ClusterSet, type RedisServer, startCluster } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { quiet } from './quiet.ts';
import { change, entry, notice, record, untilReplicated } from './record.ts';

let cluster: ClusterSet;
let redis: OpenRedis;

beforeAll(async () => {
  cluster = await startCluster();
  redis = openRedis(cluster.url, { prefix: 'switchback', log: quiet, replicaName: 'test' });
  await untilReplicated(redis.store);
});

afterAll(async () => {
  redis.close();
  await cluster.stop();
});

async function master(): Promise<RedisServer> {
  const key = 'switchback:{switchback}:services';
  for (const node of cluster.nodes) {
    const role = await node.cli('role').catch(() => '');
    if (role.startsWith('master') && (await node.cli('exists', key)) === '1') return node;
  }
  throw new Error('no master has our keys');
}

test('one slot holds everything, and its master’s death is survived', async () => {
  const { store, agenda, outbox } = redis;
  await until('the cluster names the replica', () => store.liveReplicas?.() === 1);
  const full = {
    history: [entry('1')],
    notices: [notice('n1')],
    draw: [{ channel: 'C1', release: 'r1' }],
    due: { service: fromNow(-1), bake: null },
    durable: true,
  };
  expect(await store.save(change(record('checkout'), 0, full))).toMatchObject({ ok: true, replicated: true });
  expect(await outbox.depth()).toBe(2);
  expect((await agenda.take('a', 10, 1)).names).toHaveLength(2);

  const owner = await master();
  await owner.kill();
  await until('the client sees the loss', () => !redis.ready());
  const found = await until(
    'the new master answers',
    async () => (await store.load('checkout')).record,
    30_000,
  );
  expect(found.revision).toBe(1);
  expect(await store.history('checkout', 1)).toHaveLength(1);
  expect(await store.save(change(record('checkout'), 1, full))).toMatchObject({
    ok: true,
    replicated: false,
  });

  await owner.restart();
  await until(
    'the old master follows the new one',
    async () => (await owner.cli('role')).startsWith('slave'),
    30_000,
  );
  await until('a save is replicated again', async () => {
    const { record: now } = await store.load('checkout');
    const saved = await store.save(change(record('checkout'), now?.revision ?? 0, { durable: true }));
    return saved.ok && saved.replicated;
  });
  // The old one is made master again while everything lives: its client is sent there by MOVED.
  const before = (await store.load('checkout')).record?.revision ?? 0;
  await owner.cli('cluster', 'failover');
  await until('the old master is back', async () => (await owner.cli('role')).startsWith('master'), 20_000);
  // All that are sent away at once leave the connection once.
  const warned: Error[] = [];
  const warn = (warning: Error): void => void warned.push(warning);
  process.on('warning', warn);
  await Promise.all(Array.from({ length: 30 }, () => store.services()));
  process.off('warning', warn);
  expect(warned.map(({ message }) => message)).toEqual([]);
  const saved = await store.save(change(record('checkout'), before));
  expect(saved).toMatchObject({ ok: true, record: { revision: before + 1 } });
  expect(await owner.cli('hget', 'switchback:{switchback}:s:checkout', 'revision')).toBe(String(before + 1));

  // A clock that is set where another was before is the same to all as one that so much is added to.
  const shift = 'switchback:{switchback}:shift';
  const time = async () => (await store.load('checkout')).now - performance.now();
  const ahead = await time();
  await owner.cli('incrby', shift, '7200000');
  expect(Math.abs((await time()) - ahead)).toBeLessThan(5_000);
  expect(Math.abs(Number(await owner.cli('get', shift)))).toBeLessThan(5_000);
}, 120_000);
