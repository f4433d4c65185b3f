import { expect, it } from 'vitest';
import { startCluster } from '../support/redis.ts';
import { live } from './failover/live.ts';

it('the bot loses nothing silently, and doubles no switch, when the owner in a Cluster changes 7 times', async () => {
  const set = await startCluster();
  try {
    const { broken, counts } = await live(set, 1, 7);
    expect(broken).toEqual([]);
    expect(counts['accepted']).toBeGreaterThan(3);
    expect(counts['alerts 202']).toBeGreaterThan(3);
  } finally {
    await set.stop();
  }
});
