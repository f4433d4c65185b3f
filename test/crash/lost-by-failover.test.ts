/** A planned failover to a replica that lacks the newest of what its master had, with Sentinel. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSentinel } from '../support/redis.ts';
import type { SentinelSet } from '../support/redis.ts';
import { longMs, until } from '../support/until.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';

const services = ['baking', 'calm'];

let set: SentinelSet;
let village: Village;

beforeAll(async () => {
  set = await startSentinel();
  village = await openVillage({ services, redisUrl: set.url });
}, longMs);

afterAll(async () => {
  await village.close();
  await set.stop();
});

it(
  'a revert that it loses is carried out, a lost lock is announced, and no router is put back',
  async () => {
    const replicas = [await village.startReplica(), await village.startReplica()];
    village.delivers(...replicas);
    for (const service of services) await village.until(service, 'adopted', ({ state }) => state === 'idle');
    await village.orders('baking', 'stage baking v2');
    await village.until('baking', 'staged', ({ state }) => state === 'staged');
    await village.orders('baking', 'promote baking');
    await village.until('baking', 'baking', ({ state }) => state === 'baking');

    // From here on it gets nothing, and is fit to be master all the same.
    await set.replica.cli('replicaof', '127.0.0.1', '1');
    expect((await village.types('calm', 'lock calm look')).text).toContain('is locked');
    expect((await village.types('baking', 'revert baking')).text).toMatch(/^revert: /);
    await village.until('baking', 'reverted', ({ state }) => state === 'idle');
    expect(await village.heading('baking')).toBe('blue');
    const before = village.writes('baking').length;
    await set.failOver('');

    await until('the lost revert is told', () =>
      village.transcript('baking').includes('A Redis failover lost the revert that'),
    );
    const record = await village.until('baking', 'reverted again', ({ live, op }) => live === 'blue' && !op);
    expect(record.drift).toBeNull();
    await until('the lost lock is told', () =>
      village.transcript('calm').includes('A Redis failover lost your lock of calm'),
    );
    expect((await village.record('calm')).lock).toBeNull();
    expect(
      village
        .writes('baking')
        .slice(before)
        .map(({ text }) => text)
        .join('\n'),
    ).not.toContain('green');
    expect(await village.heading('baking')).toBe('blue');
  },
  longMs,
);
