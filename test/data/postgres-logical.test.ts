/** Two real PostgreSQL servers, of which one follows the other. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { colorSchema, otherColor } from '../../src/release/color.ts';
import type { Color } from '../../src/release/color.ts';
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

/** Sessions that the application opened before a turn, as a pool keeps them. */
async function oldSessions(
  database: string,
): Promise<{ writable(): Promise<Color[]>; end(): Promise<void> }> {
  const clients = await Promise.all(
    colorSchema.options.map(async (color) => {
      const client = new pg.Client({ connectionString: pair[color].dsn(database, appRole) });
      client.on('error', () => {});
      await client.connect();
      return { color, client };
    }),
  );
  return {
    async writable() {
      const can = clients.map(async ({ color, client }) => {
        const wrote = await client.query("begin; insert into orders (note) values ('try'); rollback").then(
          () => true,
          () =>
            client.query('rollback').then(
              () => false,
              () => false,
            ),
        );
        return wrote ? [color] : [];
      });
      return (await Promise.all(can)).flat();
    },
    async end() {
      await Promise.all(clients.map(({ client }) => client.end().catch(() => {})));
    },
  };
}

/** A promise that somebody else resolves. */
function later<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

describe('a process that dies', () => {
  it('right before any change of a turn, is followed by one that finishes or takes it back, and never are two sides writable', async () => {
    const shop = await openShop(pair, 'killed');
    let live: Color = 'blue';
    const seen = new Set<string>();
    for (const first of ['finish', 'take back'] as const) {
      let wasStopped = true;
      for (let kill = 0; wasStopped; kill += 1) {
        const to = otherColor(live);
        const old = await oldSessions('killed');
        let left = kill;
        wasStopped = !(await shop.turn(to, { mayWrite: () => (left -= 1) >= 0 })).turned;
        const step = shop.begun.at(-1)?.step ?? 'none';
        seen.add(step.split(' ')[0] ?? '');
        const writable = new Set([...(await shop.writable()), ...(await old.writable())]);
        expect({ step, both: writable.size > 1 }).toEqual({ step, both: false });
        await old.end();
        const finishes = (kill % 2 === 0) === (first === 'finish');
        const next: Color = finishes || !wasStopped ? to : live;
        expect({ step, ...(await shop.turn(next)) }).toEqual({ step, turned: true, notes: [] });
        live = next;
        expect(await shop.writable()).toEqual([live]);
        await shop.app(live, `insert into orders (note) values ('${first} ${kill}')`);
        await shop.ready(otherColor(live));
        const slots = await Promise.all(
          colorSchema.options.map((color) =>
            shop.sql(color, "select slot_name from pg_replication_slots where database = 'killed'"),
          ),
        );
        expect(slots.flat()).toHaveLength(1);
      }
    }
    expect([...seen].sort()).toEqual(['close', 'cut', 'follow', 'none', 'open', 'sequences']);
    const rows = await Promise.all(
      colorSchema.options.map((color) => shop.sql(color, 'select id, note from orders order by id')),
    );
    expect(rows[0]).toEqual(rows[1]);
  });

  it('and was only paused, changes nothing when it wakes up', async () => {
    const shop = await openShop(pair, 'paused');
    const wake = later<boolean>();
    const asleep = later<void>();
    const late = shop.data.turn('green', {
      id: 'turn-1',
      begun: [],
      before: async (step) => {
        if (!step.startsWith('cut')) return true;
        asleep.resolve();
        return wake.promise;
      },
      mayWrite: () => true,
      signal: never,
    });
    await asleep.promise;
    shop.begun = ['close blue', 'sequences green', 'cut green'].map((step) => ({ to: 'green', step }));
    expect(await shop.turn('blue')).toMatchObject({ turned: true });
    await shop.ready('green');
    wake.resolve(true);
    expect(await late).toEqual({
      turned: false,
      why: expect.stringMatching(/^a database did not do it: the connection was ended/),
    });
    await shop.ready('green');
    expect(await shop.writable()).toEqual(['blue']);
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
