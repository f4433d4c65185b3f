import { expect } from 'vitest';
import { openVillage } from '../support/replicas.ts';
import { startWrites } from '../support/steady-writes.ts';
import { until } from '../support/until.ts';

const waitMs = 6_000;

/**
 * Kills a bot at each of these saves of a promote that denies writes for a while before its switch. Another goes on:
 * one write to the router, and nobody else writes from the first denial on.
 */
export async function killedInWait(
  kills: readonly (readonly [label: string, when: 'before' | 'after'])[],
): Promise<void> {
  for (const [label, when] of kills) {
    const village = await openVillage({
      services: ['s1'],
      lua: 'haproxy/switchback.lua',
      settings: () => ({
        cutover: { writes: { mode: 'deny' }, readOnly: { before: `${waitMs}ms`, after: '1m' } },
      }),
    });
    try {
      const first = await village.startProcess({ points: [{ service: 's1', label, when }] });
      village.delivers(first);
      await village.until('s1', 'adopted', ({ state }) => state === 'idle');
      await village.orders('s1', 'stage s1 v2');
      await village.until('s1', 'staged', ({ state }) => state === 'staged');
      const running = startWrites(village.haproxy.frontend('s1'), { everyMs: 20 });
      village.types('s1', 'promote s1').catch(() => undefined);
      await until('the save is reached', () => first.tripped('s1'));
      await first.stop('SIGKILL');
      village.delivers(await village.startProcess());
      await village.until('s1', 'baking', ({ state }) => state === 'baking', 30_000);
      const { writes } = await running.stop();
      expect(village.writes('s1')).toHaveLength(1);
      const from = writes.findIndex(({ status }) => status === 503);
      const denied = writes.slice(from);
      expect(denied.filter(({ status }) => status !== 503)).toEqual([]);
      expect((denied.at(-1)?.at ?? 0) - (denied[0]?.at ?? 0)).toBeGreaterThan(waitMs);
      expect((await village.history('s1')).map(({ what }) => what)).not.toContain('read-only-interrupted');
    } finally {
      await village.close();
    }
  }
}
