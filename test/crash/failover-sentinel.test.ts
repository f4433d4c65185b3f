import { expect, it } from 'vitest';
import { startSentinel } from '../support/redis.ts';
import { live } from './failover/live.ts';

// Sentinels need about ten seconds until the old master follows the new one, and the next change can be planned.
it('the bot loses nothing silently, and doubles no switch, when Sentinel fails over 3 times', async () => {
  const set = await startSentinel('mymaster', 2);
  try {
    const { broken, counts } = await live(set, 1, 3);
    expect(broken).toEqual([]);
    expect(counts['accepted']).toBeGreaterThan(3);
    expect(counts['alerts 202']).toBeGreaterThan(3);
  } finally {
    await set.stop();
  }
});
