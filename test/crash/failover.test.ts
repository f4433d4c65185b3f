import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster } from '../support/redis.ts';
import type { ClusterSet } from '../support/redis.ts';
import { live } from './failover/live.ts';

let cluster: ClusterSet;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

it('loses nothing without a word, and doubles no switch, when the owner in a Cluster changes 4 times', async () => {
  const { broken, counts } = await live(cluster, 1, 4);
  expect(broken).toEqual([]);
  expect(counts['accepted']).toBeGreaterThan(5);
  expect(counts['alerts 202']).toBeGreaterThan(5);
});
