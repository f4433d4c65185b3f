/** A server that is not what `REDIS_URL` says, or that nobody would follow: named, with what to do, in the log too. */
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { keyStart } from '../../src/redis/keys.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { freePort } from '../support/ports.ts';
import { startRedis } from '../support/redis.ts';
import type { RedisServer } from '../support/redis.ts';
import { startOneSentinel } from '../support/sentinel.ts';
import { until } from '../support/until.ts';
import { change, record } from './record.ts';

let server: RedisServer;
let replica: RedisServer;
let sentinel: Awaited<ReturnType<typeof startOneSentinel>>;
const opened: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startRedis();
  replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(server.port)] });
  sentinel = await startOneSentinel(server.port);
  await until('the replica follows', async () =>
    (await server.cli('info', 'replication')).includes('state=online'),
  );
});
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});
afterAll(async () => {
  await sentinel.stop();
  await Promise.all([replica.stop(), server.stop()]);
});

function open(url: string): { redis: OpenRedis; lines: string[] } {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const redis = openRedis(url, { prefix: 'kinds', log, replicaName: 'test' });
  opened.push(() => redis.close());
  return { redis, lines };
}

/** Opens it and waits until it is said as `word`, in one line of the log however often it is tried. Answers with what to do. */
async function isSaidAs(word: RegExp, url: string): Promise<string> {
  const { redis, lines } = open(url);
  await until(`it says ${word}`, () => word.test(redis.explain().found));
  const { found, fix } = redis.explain();
  for (const attempt of [1, 2, 3])
    await expect(redis.store.ping(), `attempt ${attempt}`).rejects.toMatchObject({
      code: 'storage-unavailable',
    });
  expect(lines.filter((line) => line.includes(found))).toHaveLength(1);
  return fix;
}

test('a fixed address that is a replica', async () => {
  expect(await isSaidAs(/it is a replica/, replica.url)).toMatch(/name the master.*redis\+sentinel:/);
});

test('a fixed address that is a sentinel', async () => {
  expect(await isSaidAs(/is a sentinel/, `redis://127.0.0.1:${sentinel.port}`)).toMatch(
    /redis\+sentinel:\/\/host:port,host:port\/master/,
  );
});

test('nodes of a Cluster by a fixed address, and a slot that is moving', async () => {
  const args = ['--cluster-enabled', 'yes'];
  const [owner, other] = await Promise.all([
    startRedis({ port: await freePort([10_000]), args }),
    startRedis({ port: await freePort([10_000]), args }),
  ]);
  opened.push(() => Promise.all([owner.stop(), other.stop()]));
  await owner.cli('cluster', 'addslotsrange', '0', '16383');
  await owner.cli('cluster', 'meet', '127.0.0.1', String(other.port));
  await until('both are up', async () => {
    const said = await Promise.all([owner, other].map((one) => one.cli('cluster', 'info')));
    return said.every((text) => /cluster_state:ok[^]*cluster_known_nodes:2/.test(text));
  });

  const { redis } = open(owner.url);
  await until('it is up', () => redis.ready());
  expect((await redis.facts()).problems).toEqual([
    expect.objectContaining({ name: 'Redis Cluster', fix: expect.stringContaining('redis+cluster://') }),
  ]);
  expect(await isSaidAs(/one node of a Cluster, and not the one/, other.url)).toMatch(/redis\+cluster:\/\//);

  const slot = await owner.cli('cluster', 'keyslot', keyStart('kinds'));
  const id = await other.cli('cluster', 'myid');
  const cluster = open(`redis+cluster://127.0.0.1:${owner.port}`).redis;
  await until('it is up', () => cluster.ready());
  await owner.cli('cluster', 'setslot', slot, 'migrating', id);
  const fault: unknown = await cluster.store
    .save(change(record('checkout'), 0))
    .catch((error: unknown) => error);
  expect(fault).toMatchObject({
    code: 'storage-unavailable',
    unclear: false,
    message: expect.stringContaining('is moving the slot of our keys'),
  });
  expect(cluster.explain().fix).toContain('redis-cli --cluster check');
  await owner.cli('cluster', 'setslot', slot, 'stable');
  await until('it is up again', () => cluster.ready());
  expect(await cluster.store.save(change(record('checkout'), 0))).toMatchObject({ ok: true });
});

test('a master without a live replica, and one that takes writes that no replica gets', async () => {
  const { redis } = open(`redis+sentinel://127.0.0.1:${sentinel.port}/mymaster`);
  await until('it is up', () => redis.ready());
  const problems = async () => (await redis.facts()).problems.map(({ name }) => name);
  expect(await problems()).toEqual(['Redis min-replicas-to-write']);
  await server.cli('config', 'set', 'min-replicas-to-write', '1');
  expect(await problems()).toEqual([]);
  await server.cli('config', 'set', 'min-replicas-to-write', '0');
  await replica.kill();
  await until('the master has seen it', async () =>
    (await server.cli('info', 'replication')).includes('connected_slaves:0'),
  );
  expect(await problems()).toEqual(['Redis replicas']);
});
