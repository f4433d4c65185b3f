import { expect, it } from 'vitest';
import { keyStart } from '../../src/redis/keys.ts';
import { startCluster, startSentinel } from '../support/redis.ts';
import type { RedisServer } from '../support/redis.ts';
import { until } from '../support/until.ts';
import type { Village } from '../support/replicas.ts';
import { killAll } from './kill-all.ts';
import { losing, promote, revert, saves, stage } from './losing.ts';
import type { End } from './scenarios.ts';

it('every operation ends as it must when Redis is killed at any save of it and started again', {
  timeout: 180_000,
}, async () => {
  const strike = losing(
    ({ redis }) => redis.kill(),
    ({ redis }) => redis.restart(),
  );
  const kills = [...saves('before', stage, promote, revert), ...saves('after', stage, promote, revert)];
  await expect(killAll(kills, strike)).resolves.toBeDefined();
});

it('every operation ends as it must when Redis stands still at a save of it', {
  timeout: 90_000,
}, async () => {
  const strike = losing(
    ({ redis }) => Promise.resolve(redis.pause()),
    async ({ redis }) => {
      // Longer than the lease: everybody has lost it when Redis goes on.
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      redis.resume();
    },
  );
  await expect(killAll(saves('before', stage, promote, revert), strike)).resolves.toBeDefined();
});

/** After the failover there is no replica left to confirm an intent: a promote is taken back, a revert goes on. */
const unconfirmed: End = {
  state: 'staged',
  live: 'blue',
  writes: 0,
  again: 1,
  told: /no Redis replica confirmed the intent/,
  card: 'storage-unavailable',
};
const decisive = [
  ...saves('before', ['promote', 'promote:switch']).map((each) => ({ ...each, end: unconfirmed })),
  ...saves('before', ['promote', 'promote>baking'], ['revert of a bake', 'revert:switch']),
  ...saves(
    'after',
    ['promote', 'promote:switch', 'promote>baking'],
    ['revert of a bake', 'revert:switch', 'revert>idle'],
  ),
];

it('promotes and reverts end as they must when Sentinel fails over in the middle of them', {
  timeout: 120_000,
}, async () => {
  const set = await startSentinel();
  try {
    const master = async (): Promise<void> => {
      await until('another master', async () => (await set.masterPort()) !== set.master.port, 20_000);
    };
    const strike = losing(() => set.master.kill(), master, set.url);
    await expect(killAll(decisive, strike)).resolves.toBeDefined();
  } finally {
    await set.stop();
  }
});

it('promotes and reverts end as they must when a master of the Cluster is lost in the middle of them', {
  timeout: 120_000,
}, async () => {
  const set = await startCluster();
  const owner = ({ prefix }: Village): Promise<RedisServer> => set.owner(`${keyStart(prefix)}services`);
  try {
    const strike = losing(
      async (village) => (await owner(village)).kill(),
      async (village) => void (await until('another master', () => owner(village), 20_000)),
      set.url,
    );
    await expect(killAll(decisive, strike)).resolves.toBeDefined();
  } finally {
    await set.stop();
  }
});
