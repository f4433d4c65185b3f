/** A Redis that goes on answering, or comes back, without what it had. Each test has servers of its own, and mostly waits. */
import { expect, it } from 'vitest';
import { startRedis } from '../support/redis.ts';
import type { RedisServer } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';

const services = ['calm', 'baking', 'moving'];

interface Lost {
  village: Village;
  redis: RedisServer;
  close: () => Promise<void>;
}

/** Two replicas; one service idle, one that bakes, one in the middle of its switch. */
async function opened(): Promise<Lost> {
  const redis = await startRedis({ args: ['--appendonly', 'no'] });
  const village = await openVillage({ services, redis });
  const replicas = [await village.startReplica(), await village.startReplica()];
  village.delivers(...replicas);
  for (const service of services) await village.until(service, 'adopted', ({ state }) => state === 'idle');
  for (const service of ['baking', 'moving']) {
    await village.orders(service, `stage ${service} v2`);
    await village.until(service, 'staged', ({ state }) => state === 'staged');
  }
  await village.orders('baking', 'promote baking');
  await village.until('baking', 'baking', ({ state }) => state === 'baking');
  village.proxy.fault(/^set map \S+ moving /, { kind: 'hold' });
  await village.orders('moving', 'promote moving');
  await until('the switch has begun', () => village.writes('moving').length > 0);
  return {
    village,
    redis,
    async close() {
      await village.close();
      await redis.stop();
    },
  };
}

it.concurrent.each<[string, (redis: RedisServer) => Promise<unknown>]>([
  ['emptied by FLUSHALL', (redis) => redis.cli('flushall')],
  ['started again without an append-only file', (redis) => redis.restart()],
])('a Redis %s is filled again as everything runs, locked, and drift is found', async (_, lose) => {
  const { village, redis, close } = await opened();
  try {
    await lose(redis);
    for (const service of services) {
      const record = await village.until(
        service,
        `${service} is adopted again`,
        ({ state }) => state === 'idle',
      );
      expect(record).toMatchObject({ lock: { holder: { rule: 'record-missing' } }, releases: [] });
      expect(record.live).toBe(await village.heading(service));
    }
    expect((await village.record('baking')).live).toBe('green');
    await until('it is told in each channel', () =>
      services.every((service) => village.transcript(service).includes('Redis lost its data')),
    );
    await village.orders('calm', 'unlock calm');
    await village.stray('calm', 'green');
    // The sweep is found to be missing, too.
    await redis.cli('zrem', `${village.prefix}:{${village.prefix}}:due`, 'sweep');
    await village.until('calm', 'drift is found', ({ drift }) => drift?.saw === 'green');
    expect((await village.types('baking', 'revert baking')).text).toMatch(/^nothing-to-revert-to/);
  } finally {
    await close();
  }
});

it.concurrent('due times that Redis lost come back, and what they were for goes on', async () => {
  const { village, redis, close } = await opened();
  try {
    await village.orders('baking', 'settle baking');
    const due = `${village.prefix}:{${village.prefix}}:due`;
    await village.orders('calm', 'lock calm --for 2s short');
    await redis.cli('zrem', due, 'service:calm', 'sweep');
    await village.until('calm', 'the lock has ended', ({ lock }) => lock === null);
    const words = (await village.history('calm')).map((entry) => entry.words);
    expect(words).toContainEqual(expect.stringMatching(/^lock-ended: the lock of .*: short$/));
  } finally {
    await close();
  }
});
