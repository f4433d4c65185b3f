import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailingOver } from '../support/redis.ts';
import { startCluster, startSentinel } from '../support/redis.ts';
import { live } from './failover/live.ts';
import type { Lived } from './failover/live.ts';

const lives = 10;
const changes = 5;
/** New ones in every run; a failure names its own. */
const seeds = Array.from({ length: lives }, () => Math.floor(Math.random() * 2 ** 31));

/** What happened in all lives, as people read it. */
function table(title: string, all: readonly Lived[]): string {
  const sums = new Map<string, number>();
  for (const { counts } of all)
    for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
  const lines = [...sums].map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
  return [`${title}, ${all.length} lives of ${changes} changes of master:`, ...lines, ''].join('\n');
}

describe.each<[string, () => Promise<FailingOver>]>([
  ['Sentinel with two replicas', () => startSentinel('mymaster', 2)],
  ['Cluster', startCluster],
])('%s', (title, start) => {
  let set: FailingOver;
  const all: Lived[] = [];
  beforeAll(async () => {
    set = await start();
  });
  afterAll(async () => {
    process.stdout.write(`\n${table(title, all)}\n`);
    await set.stop();
  });

  it.each(seeds)(
    'the bot loses nothing silently, and doubles no switch, in the life of seed %i',
    async (seed) => {
      const lived = await live(set, seed, changes);
      all.push(lived);
      expect(lived.broken).toEqual([]);
    },
  );
});
