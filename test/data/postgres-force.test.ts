/** What is left of two databases when one of them dies, and what one has that the other has not. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appRole, password, startPostgresPair } from '../support/postgres.ts';
import type { PostgresPair } from '../support/postgres.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';
import { until } from '../support/until.ts';
import { never, openShop, startWriter } from './postgres-world.ts';
import type { Shop } from './postgres-world.ts';

let pair: PostgresPair;
beforeAll(async () => {
  pair = await startPostgresPair();
});
afterAll(() => pair?.stop());
afterEach(async () => {
  await Promise.all([pair.blue.start(), pair.green.start()]);
});

/** Green is live, and blue gets nothing of it any more. */
async function cutOff(database: string): Promise<Shop> {
  const shop = await openShop(pair, database);
  expect(await shop.turn('green')).toMatchObject({ turned: true });
  await shop.app('green', `insert into orders (note) values ('before')`);
  await shop.ready('blue');
  // Blue cannot apply what comes: a row with that key is there already.
  await shop.sql('blue', 'insert into orders (id, note) values (5000, $$only on blue$$)');
  await shop.app(
    'green',
    `insert into orders (id, note) values (5000, 'a'); insert into orders (id, note) values (5001, null);
     insert into carts (id, note) values (1, 'c')`,
  );
  await shop.app('green', 'update orders set note = $$b$$ where id = 5001');
  await shop.app('green', 'begin; insert into orders (note) values ($$never$$); rollback');
  return shop;
}

describe('what one side has that the other has not', () => {
  it('is nothing where all is replayed', async () => {
    const shop = await openShop(pair, 'same');
    await shop.app('blue', `insert into orders (note) values ('one'), ('two')`);
    await shop.ready('green');
    expect(await shop.data.missed('blue', never)).toEqual({ tables: [] });
    expect(await shop.data.missed('green', never)).toEqual({ tables: [] });
  });

  it('is counted by table, and given row by row, before and after a forced revert', async () => {
    const shop = await cutOff('behind');
    const tables = [
      { table: 'orders', rows: 3 },
      { table: 'carts', rows: 1 },
    ];
    const missed = await shop.data.missed('green', never);
    expect(missed).toEqual({ tables, since: expect.any(Number), until: expect.any(Number) });
    expect(Math.abs((missed?.since ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await shop.data.gate('blue', never)).toMatchObject({ ok: false });
    expect(await shop.turn('blue')).toMatchObject({
      turned: false,
      why: expect.stringContaining('the database of blue did not get the last rows of green'),
    });
    expect(await shop.turn('green')).toEqual({ turned: true, notes: [] });
    expect(await shop.turn('blue', { force: true })).toEqual({
      turned: true,
      notes: [
        expect.stringMatching(
          /^the database of blue did not get the last rows of green: .+; rows of green( since 20.+Z)? may be missing$/,
        ),
        expect.stringContaining('set replication up again'),
      ],
    });
    expect(await shop.writable()).toEqual(['blue']);
    expect(await shop.data.missed('green', never)).toEqual(missed);
    expect(await shop.data.changes?.('green', never)).toEqual([
      { table: 'public.orders', change: 'insert', at: missed?.since, row: { id: '5000', note: 'a' } },
      { table: 'public.orders', change: 'insert', at: missed?.since, row: { id: '5001', note: null } },
      { table: 'public.carts', change: 'insert', at: missed?.since, row: { id: '1', note: 'c' } },
      { table: 'public.orders', change: 'update', at: missed?.until, row: { id: '5001', note: 'b' } },
    ]);
    expect(await shop.data.gate('green', never)).toMatchObject({
      ok: false,
      why: expect.stringContaining('neither database follows the other'),
    });
    const gate = await shop.data.gate('blue', never);
    expect(gate).toMatchObject({ ok: false, fix: expect.stringContaining('switchback missed') });
  });

  it('is not known where that database does not answer', async () => {
    const shop = await openShop(pair, 'gone');
    await pair.blue.kill();
    expect(await shop.data.missed('blue', never)).toBeUndefined();
    const gate = await shop.data.gate('green', never);
    expect(gate).toEqual({
      ok: false,
      why: 'the database of blue does not answer: connection refused',
      fix: 'start it, or correct cutover.data.blue',
    });
    expect(JSON.stringify(gate)).not.toContain(password);
    expect(await shop.data.lag('blue', never)).toBeUndefined();
  });
});

describe('a forced turn', () => {
  it('from a dead database ends with the other one writable, and says what is to be done', async () => {
    const shop = await openShop(pair, 'dead');
    expect(await shop.turn('green')).toMatchObject({ turned: true });
    await shop.app('green', `insert into orders (note) select 'n' from generate_series(1, 5)`);
    await shop.ready('blue');
    await pair.green.kill();
    expect(await shop.turn('blue')).toEqual({
      turned: false,
      why: 'the database of green does not answer: connection refused',
    });
    const result = await shop.turn('blue', { force: true });
    expect(result).toEqual({
      turned: true,
      owed: true,
      notes: [
        expect.stringMatching(
          /^the database of green does not answer: connection refused; rows of green( since \S+)? may be missing$/,
        ),
        `before the database of green comes back, nobody may write there: alter role "${appRole}" in database "dead" set default_transaction_read_only = on`,
        expect.any(String),
      ],
    });
    await shop.app('blue', `insert into orders (note) values ('after')`);
    expect(
      await shop.sql('blue', 'select count(*)::int, count(distinct id)::int as ids from orders'),
    ).toEqual([{ count: 6, ids: 6 }]);
    // It comes back as it was, and is closed then; what it has of its own stays.
    await pair.green.start();
    expect(await shop.writable()).toEqual(['blue', 'green']);
    shop.begun = ['abandon blue', 'sequences blue', 'open blue'].map((step) => ({ to: 'blue', step }));
    expect(await shop.turn('blue')).toEqual({
      turned: true,
      notes: ['the database of green does not follow that of blue: set replication up again (docs/data.md)'],
    });
    expect(await shop.writable()).toEqual(['blue']);
  });

  it('of sound databases is one like any other', async () => {
    const shop = await openShop(pair, 'sound');
    expect(await shop.turn('green', { force: true })).toEqual({ turned: true, notes: [] });
    await shop.ready('blue');
    expect(await shop.writable()).toEqual(['green']);
  });
});

describe('a turn that is taken back', () => {
  it('opens the live side alone where the other one has died, and is ended when that answers', async () => {
    const shop = await openShop(pair, 'back');
    await shop.turn('green', { at: (step) => !step.startsWith('cut') });
    expect(await shop.writable()).toEqual([]);
    const begun = [...shop.begun];
    await pair.green.kill();
    expect(await shop.turn('blue')).toEqual({
      turned: true,
      owed: true,
      notes: ['the database of green does not answer: connection refused; it may not follow'],
    });
    await shop.app('blue', `insert into orders (note) values ('alone')`);
    await pair.green.start();
    shop.begun = [...begun, { to: 'blue', step: 'open blue' }];
    expect(await shop.turn('blue')).toEqual({ turned: true, notes: [] });
    await shop.ready('green');
    expect(await shop.writable()).toEqual(['blue']);
    expect(await shop.sql('green', 'select note from orders')).toEqual([{ note: 'alone' }]);
  });

  it('does not open the live side where the other one may have taken writes', async () => {
    const shop = await openShop(pair, 'unknown');
    await shop.turn('green', { mayWrite: () => !shop.begun.some(({ step }) => step === 'open green') });
    await pair.green.kill();
    expect(await shop.turn('blue')).toEqual({
      turned: false,
      why: 'the database of green does not answer: connection refused',
    });
    expect(shop.begun.at(-1)).toEqual({ to: 'green', step: 'open green' });
  });

  it('opens the live side also where neither can follow the other', async () => {
    const shop = await openShop(pair, 'nopeers');
    const nowhere = 'postgres://postgres:x@127.0.0.1:1/nopeers';
    Object.assign(shop.options, { peers: { blue: nowhere, green: nowhere } });
    expect(await shop.turn('green')).toEqual({
      turned: false,
      why: expect.stringMatching(/^a database did not do it: could not connect to the publisher/),
    });
    expect(await shop.writable()).toEqual([]);
    expect(await shop.turn('blue')).toEqual({
      turned: true,
      notes: [
        expect.stringMatching(/^the database of green does not follow that of blue: could not connect/),
      ],
    });
    expect(await shop.writable()).toEqual(['blue']);
    expect(await shop.data.gate('green', never)).toMatchObject({
      ok: false,
      why: expect.stringContaining('neither'),
    });
  });
});

describe('sequences', () => {
  it('never give a number twice', async () => {
    const shop = await openShop(pair, 'numbers', { sequences: 10 });
    for (const to of ['green', 'blue', 'green'] as const) {
      await shop.app(
        'blue' === to ? 'green' : 'blue',
        `insert into orders (note) select 'n' from generate_series(1, 50)`,
      );
      await shop.ready(to);
      expect(await shop.turn(to)).toMatchObject({ turned: true });
      await shop.app(
        to,
        `insert into orders (note) select 'n' from generate_series(1, 50); insert into carts (note) values ('c')`,
      );
    }
    expect(
      await shop.sql('green', 'select count(*)::int, count(distinct id)::int as ids from orders'),
    ).toEqual([{ count: 300, ids: 300 }]);
  });
});

describe('PgBouncer', () => {
  it('holds what clients send, so that none of them sees an error', async () => {
    const shop = await openShop(pair, 'pooled');
    const pools = {
      blue: await startPgBouncer(pair.blue, 'pooled', [appRole]),
      green: await startPgBouncer(pair.green, 'pooled', [appRole]),
    };
    const pgbouncer = { blue: pools.blue.console, green: pools.green.console };
    const writers = [1, 2].map((n) => startWriter((color) => pools[color].dsn(appRole), `p${n}`, 'blue'));
    try {
      Object.assign(shop.options, { pgbouncer });
      await until('they write', () => writers.every(({ acknowledged }) => acknowledged.length > 5));
      await shop.ready('green');
      const steps: string[] = [];
      const result = await shop.turn('green', {
        at: (step) => {
          steps.push(step);
          if (step === 'open green') for (const writer of writers) writer.color = 'green';
        },
      });
      expect(result).toEqual({ turned: true, notes: [] });
      expect(steps).toEqual([
        'pause blue',
        'close blue',
        'sequences green',
        'cut green',
        'follow blue',
        'open green',
        'resume green',
      ]);
      const before = writers.map(({ acknowledged }) => acknowledged.length);
      await until('they go on', () =>
        writers.every(({ acknowledged }, i) => acknowledged.length > (before[i] ?? 0) + 5),
      );
      await Promise.all(writers.map((writer) => writer.stop()));
      await shop.ready('blue');
      const rows = await shop.sql<{ note: string }>('green', 'select note from orders');
      const notes = rows.map(({ note }) => note).sort();
      expect(notes).toEqual(writers.flatMap(({ acknowledged }) => acknowledged).sort());
    } finally {
      await Promise.all([...writers, pools.blue, pools.green].map((each) => each.stop()));
    }
  });

  it('that does not answer stops a turn before anything is changed', async () => {
    const shop = await openShop(pair, 'busy');
    const blue = await startPgBouncer(pair.blue, 'busy', [appRole]);
    const green = await startPgBouncer(pair.green, 'busy', [appRole]);
    try {
      Object.assign(shop.options, { pgbouncer: { blue: blue.console, green: green.console } });
      await green.stop();
      const why = 'the PgBouncer of green does not answer: connection refused';
      expect(await shop.data.gate('green', never)).toMatchObject({ ok: false, why });
      expect(await shop.turn('green')).toMatchObject({
        turned: false,
        why: 'the PgBouncer of green does not pause: connection refused',
      });
      expect(await shop.writable()).toEqual(['blue']);
    } finally {
      await Promise.all([blue.stop(), green.stop()]);
    }
  });
});
