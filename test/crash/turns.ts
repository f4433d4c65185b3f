/** A shop with databases of its own for each color: real HAProxy, PostgreSQL, Redis and bots that are killed. */
import { expect } from 'vitest';
import type { Color } from '../../src/release/color.ts';
import { otherColor } from '../../src/release/color.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { startOrderDatabases } from '../support/order-databases.ts';
import type { OrderDatabases } from '../support/order-databases.ts';
import { openVillage } from '../support/replicas.ts';
import type { Process, Village } from '../support/replicas.ts';
import { startWrites } from '../support/steady-writes.ts';
import { until } from '../support/until.ts';

/** What happens in one switch. `kill`: the bot dies when a save has this label; see `labelOf` in kill-points.ts. */
export interface Trouble {
  kill?: string;
  /** What else is done, in the turn; after the kill, if there is one. */
  also?: (shop: Shop) => Promise<unknown>;
}

/** The shop, while it is open. */
export interface Shop {
  village: Village;
  databases: OrderDatabases;
  /** Promotes from blue to green, or reverts to blue, with trouble; waits until that has ended well. */
  switch(to: Color, trouble?: Trouble): Promise<ServiceRecord>;
  /** Ends the load. Throws where an acknowledged write is missing or doubled, or both sides took writes. */
  judge(): Promise<{ acknowledged: number; failed: number; longestMs: number }>;
  close(): Promise<void>;
}

/** Opens it under 200 writes a second. */
export async function openShop({ everyMs = 5 } = {}): Promise<Shop> {
  const databases = await startOrderDatabases();
  const village = await openVillage({
    services: ['s1'],
    lua: 'haproxy/switchback.lua',
    env: databases.env,
    settings: () => ({
      revert: { lockAfterRevert: false },
      cutover: { writes: { mode: 'hold', max: '3s' }, data: databases.data },
    }),
  });
  for (const color of ['blue', 'green'] as const) village[color].levers.takes = databases.takes(color);
  let bot: Process | undefined;
  const start = async (kill?: string): Promise<Process> => {
    const points = kill === undefined ? [] : [{ service: 's1', label: kill, when: 'after' as const }];
    const next = await village.startProcess({ points, act: 'SIGKILL' });
    village.delivers(next);
    await bot?.stop('SIGKILL');
    bot = next;
    return next;
  };
  await start();
  await village.until('s1', 'adopted', ({ state }) => state === 'idle');
  const both = watchSides(databases);
  const running = startWrites(village.haproxy.frontend('s1'), { everyMs });
  const shop: Shop = {
    village,
    databases,
    async switch(to, { kill, also } = {}) {
      if (to === 'green') {
        await village.orders('s1', 'stage s1 v2');
        await village.until('s1', 'staged', ({ state }) => state === 'staged');
      }
      await follows(shop, otherColor(to));
      const dies = kill === undefined ? undefined : await start(kill);
      const verb = to === 'green' ? 'promote' : 'revert';
      if (dies) {
        await diesIn(village, verb, dies);
        await start();
      } else {
        const struck = also && inTurn(village).then(() => also(shop));
        await village.orders('s1', `${verb} s1`);
        await struck;
      }
      if (dies) await also?.(shop);
      const record = await ends(village, verb, to, also ? 5 : 0);
      expect(record.turn).toBeUndefined();
      expect(await village.heading('s1')).toBe(to);
      expect([await databases.isWritable(to), await databases.isWritable(otherColor(to))]).toEqual([
        true,
        false,
      ]);
      return record;
    },
    async judge() {
      const { writes } = await running.stop();
      const live = (await village.record('s1')).live;
      const acknowledged = writes.filter(({ status }) => status === 200);
      const rows = await databases.rows(live);
      await until(
        'the other side has all rows',
        async () => (await databases.rows(otherColor(live))).length === rows.length,
      );
      const numbers = rows.map(({ number }) => number);
      const there = new Set(numbers);
      expect(acknowledged.filter(({ number }) => !there.has(number))).toEqual([]);
      expect(numbers.length - there.size).toBe(0);
      // Both databases have the same rows, and no id of the sequence was given twice.
      expect(await databases.rows(otherColor(live))).toEqual(rows);
      expect(await both.stop()).toEqual([]);
      return {
        acknowledged: acknowledged.length,
        failed: writes.length - acknowledged.length,
        longestMs: Math.max(...acknowledged.map(({ tookMs }) => tookMs)),
      };
    },
    async close() {
      await both.stop();
      await running.stop();
      await village.close();
      await databases.stop();
    },
  };
  return shop;
}

/** Asks for a switch until the bot dies in it: a switch that the trouble before it stops is asked for again. */
async function diesIn(village: Village, verb: 'promote' | 'revert', bot: Process): Promise<void> {
  let asked = 0;
  await until(
    `the bot dies in the ${verb}`,
    async () => {
      if (bot.tripped('s1')) return true;
      const { state, op } = await village.record('s1');
      if (state === 'stuck' || op !== null || asked === 5) return false;
      asked += 1;
      village.types('s1', `${verb} s1`).catch(() => undefined);
      await until(
        'it begins or dies',
        async () => bot.tripped('s1') || (await village.record('s1')).op !== null,
      );
      return false;
    },
    120_000,
  ).catch((cause: unknown) => {
    throw new Error(`${String(cause)}\n${village.transcript('s1')}`, { cause });
  });
}

/** Waits until a turn has begun, looking as often as can be. */
async function inTurn(village: Village): Promise<void> {
  await until('a turn has begun', async () => (await village.record('s1')).turn !== undefined, 60_000, 1);
}

/** Waits until a verb has moved traffic. What failed for other trouble is asked for again, as a person would. */
async function ends(
  village: Village,
  verb: 'promote' | 'revert',
  to: Color,
  mostTries: number,
): Promise<ServiceRecord> {
  const there = verb === 'promote' ? 'baking' : 'idle';
  for (let tries = 0; ; tries += 1) {
    const record = await village.until(
      's1',
      `${verb} has ended`,
      ({ state, op, turn }) => (op === null && turn === undefined) || state === 'stuck',
      90_000,
    );
    if (record.state === there && record.live === to) return record;
    if (tries >= mostTries) throw new Error(`${verb} does not end: ${JSON.stringify(record)}`);
    await village.types('s1', record.state === 'stuck' ? 'retry s1' : `${verb} s1`);
  }
}

/** Waits until the other side follows again: later only where a worker or a server was killed. */
async function follows({ databases }: Shop, writable: Color): Promise<void> {
  await until(
    'the other side follows',
    async () => {
      const rows = await databases[writable].sql<{ state: string }>(
        'shop',
        'select state from pg_stat_replication',
      );
      return rows.length === 1 && rows[0]?.state === 'streaming';
    },
    30_000,
    100,
  );
}

/** Looks all the time whether both sides can be written: blue before and after green. */
function watchSides(databases: OrderDatabases): { stop(): Promise<string[]> } {
  const found: string[] = [];
  let over = false;
  const looking = (async () => {
    while (!over) {
      const before = await databases.isWritable('blue');
      const green = before && (await databases.isWritable('green'));
      if (green && (await databases.isWritable('blue'))) found.push(new Date().toISOString());
      // Each look opens connections: as many as possible would be a load of their own.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop() {
      over = true;
      await looking;
      return found;
    },
  };
}
