/** A failover, with Sentinel, to a server whose clock is hours ahead. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSentinel } from '../support/redis.ts';
import type { SentinelSet } from '../support/redis.ts';
import { longMs, until } from '../support/until.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';

const aheadMs = 7_200_000;

let set: SentinelSet;
let village: Village;

beforeAll(async () => {
  set = await startSentinel();
  village = await openVillage({
    services: ['baking', 'calm'],
    redisUrl: set.url,
    settings: () => ({ promotion: { approvals: 0, bake: '10m' } }),
  });
}, longMs);

afterAll(async () => {
  await village.close();
  await set.stop();
});

it(
  'a bake of ten minutes and a lock of an hour go on, and nothing is reported as lost',
  async () => {
    const replicas = [await village.startReplica(), await village.startReplica()];
    village.delivers(...replicas);
    for (const service of ['baking', 'calm'])
      await village.until(service, 'adopted', ({ state }) => state === 'idle');
    const began = await village.loaded('calm');
    await village.orders('baking', 'stage baking v2');
    await village.until('baking', 'staged', ({ state }) => state === 'staged');
    await village.orders('baking', 'promote baking');
    const { bake } = await village.until('baking', 'baking', ({ state }) => state === 'baking');
    await village.orders('calm', 'lock calm --for 1h look');
    // A process keeps the time of a server that it has known for two seconds.
    await until(
      'each process knows the clock',
      async () => (await village.loaded('calm')).now > began.now + 2_500,
    );
    const before = await village.loaded('calm');
    const heardAt = performance.now();

    // Its clock cannot be set: to all who ask it is the same when so much is added to it there.
    await set.replica.cli('config', 'set', 'replica-read-only', 'no');
    await set.replica.cli('incrby', `${village.prefix}:{${village.prefix}}:shift`, String(aheadMs));
    await set.failOver('');
    await until('both replicas are at the new master', () =>
      replicas.every(({ redis }) => redis.store.server?.changedAt() !== undefined),
    );
    const change = await village.loaded('calm');
    const passedMs = performance.now() - heardAt;
    expect(Math.abs(change.now - before.now - passedMs)).toBeLessThan(5_000);
    expect(change.record?.lock).toEqual(before.record?.lock);
    // Each of them looks at what is due several times a second.
    await until(
      'the bake was looked at',
      async () => (await village.loaded('calm')).now > change.now + 2_000,
    );
    expect(await village.record('baking')).toMatchObject({
      state: 'baking',
      bake: { startedAt: bake?.startedAt, until: bake?.until },
    });
    const shift = await set.replica.cli('get', `${village.prefix}:{${village.prefix}}:shift`);
    expect(Math.abs(Number(shift))).toBeLessThan(5_000);
    await village.untilAllTold();
    for (const service of ['baking', 'calm']) expect(village.transcript(service)).not.toContain('failover');
  },
  longMs,
);
