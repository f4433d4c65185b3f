/** Two real PostgreSQL servers, of which one follows the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appRole, startPostgresPair } from '../support/postgres.ts';
import type { PostgresPair } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { never, openShop, startWriter } from './postgres-world.ts';

let pair: PostgresPair;
beforeAll(async () => {
  pair = await startPostgresPair();
});
afterAll(() => pair?.stop());

describe('a turn', () => {
  it('there and back under steady writes loses no acknowledged row and doubles none', async () => {
    const shop = await openShop(pair, 'steady');
    const writers = [1, 2, 3].map((n) =>
      startWriter((color) => pair[color].dsn('steady', appRole), `w${n}`, 'blue'),
    );
    const writing = async (): Promise<void> => {
      const before = writers.map(({ acknowledged }) => acknowledged.length);
      await until('all write', () =>
        writers.every(({ acknowledged }, i) => acknowledged.length > (before[i] ?? 0) + 5),
      );
    };
    await writing();
    for (const to of ['green', 'blue', 'green'] as const) {
      await shop.ready(to);
      expect(await shop.turn(to)).toEqual({ turned: true, notes: [] });
      for (const writer of writers) writer.color = to;
      expect(await shop.writable()).toEqual([to]);
      await writing();
    }
    await Promise.all(writers.map((writer) => writer.stop()));
    await shop.ready('blue');
    const acknowledged = writers.flatMap((writer) => writer.acknowledged).sort();
    expect(acknowledged.length).toBeGreaterThan(50);
    const rows = `select note, count(*)::int as times from orders group by note`;
    for (const color of ['blue', 'green'] as const) {
      const found = await shop.sql<{ note: string; times: number }>(color, rows);
      expect(found.filter(({ times }) => times > 1)).toEqual([]);
      const notes = new Set(found.map(({ note }) => note));
      expect(acknowledged.filter((note) => !notes.has(note))).toEqual([]);
    }
    const counts = await Promise.all(
      (['blue', 'green'] as const).map((color) => shop.sql(color, 'select count(*) from orders')),
    );
    expect(counts[0]).toEqual(counts[1]);
  });

  it('changes nothing and ends no session where nothing is to be done', async () => {
    const shop = await openShop(pair, 'idle');
    const pids = (): Promise<object[]> =>
      shop.sql('blue', `select pid from pg_stat_activity where usename = '${appRole}' and datname = 'idle'`);
    const writer = startWriter((color) => pair[color].dsn('idle', appRole), 'w', 'blue');
    await until('it writes', () => writer.acknowledged.length > 0);
    const before = await pids();
    const steps: string[] = [];
    expect(await shop.turn('blue', { at: (step) => void steps.push(step) })).toMatchObject({ turned: true });
    expect(steps).toEqual([]);
    expect(await pids()).toEqual(before);
    await writer.stop();
  });
});

describe('the gate', () => {
  it('says how far the other side is behind', async () => {
    const shop = await openShop(pair, 'lagging');
    expect(await shop.data.gate('green', never)).toEqual({ ok: true, lagMs: expect.any(Number) });
    expect(await shop.data.gate('blue', never)).toEqual({ ok: true, lagMs: 0 });
    expect(await shop.data.lag('blue', never)).toEqual(expect.any(Number));
  });
});
