/** What stops a turn before any write waits, on real servers; and the set-up of docs/data.md. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresLogical } from '../../src/data/postgres-logical.ts';
import type { Color } from '../../src/release/color.ts';
import { appRole, password, sqlAt, startPostgresPair } from '../support/postgres.ts';
import type { PostgresPair } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { never, openShop } from './postgres-world.ts';
import type { Shop } from './postgres-world.ts';

let pair: PostgresPair;
let shop: Shop;
beforeAll(async () => {
  pair = await startPostgresPair();
  shop = await openShop(pair, 'gates');
});
afterAll(() => pair?.stop());

const role = `alter role ${appRole} in database gates`;

/** What breaks it, on which side; what is said; and what repairs it. */
const findings: [why: string, side: Color, breaks: string, repairs: string][] = [
  [
    'the table public.bare of blue has no primary key',
    'blue',
    'create table bare (n int)',
    'drop table bare',
  ],
  [
    'the table public.extra is published by blue, and not by green',
    'blue',
    'create table extra (n int primary key)',
    'drop table extra',
  ],
  [
    'the column public.orders.more text is on green, and not on blue',
    'green',
    'alter table orders add more text',
    'alter table orders drop more',
  ],
  [
    'the column public.orders.note text is on blue, and not on green',
    'green',
    'alter table orders alter note type varchar(9)',
    'alter table orders alter note type text',
  ],
  [
    'the sequence public.one_more is on blue, and not on green',
    'blue',
    `create sequence one_more; alter table carts alter note set default nextval('one_more')`,
    'drop sequence one_more cascade',
  ],
  [
    `${appRole} may write in the database of green, which follows blue`,
    'green',
    `${role} reset default_transaction_read_only`,
    `${role} set default_transaction_read_only = on`,
  ],
  [
    'the subscription checkout_green of green is disabled',
    'green',
    'alter subscription checkout_green disable',
    'alter subscription checkout_green enable',
  ],
  [
    'the publication checkout of green leaves out inserts, updates, deletes or truncates',
    'green',
    `alter publication checkout set (publish = 'insert, update, delete')`,
    `alter publication checkout set (publish = 'insert, update, delete, truncate')`,
  ],
  [
    'the database of green has no publication checkout',
    'green',
    'alter publication checkout rename to other',
    'alter publication other rename to checkout',
  ],
  [
    'the database server of blue has 1 prepared transactions',
    'blue',
    `begin; insert into orders (note) values ('p'); prepare transaction 'p'`,
    `rollback prepared 'p'`,
  ],
  [
    'the database of green is more than 1 s behind that of blue: it is not connected',
    'green',
    'alter subscription checkout_green connection $$host=127.0.0.1 port=1 dbname=gates$$',
    '',
  ],
];

describe('the gate', () => {
  it.each(findings)('says: %s', async (why, side, breaks, repairs) => {
    await shop.ready('green');
    await shop.sql(side, breaks);
    // A slot is in use for a moment after its subscription has changed.
    await until('it is seen', async () => !(await shop.data.gate('green', never)).ok);
    const gate = await shop.data.gate('green', never);
    const repair =
      repairs === '' ? `alter subscription checkout_green connection '${pair.blue.dsn('gates')}'` : repairs;
    await shop.sql(side, repair);
    expect(gate).toEqual({ ok: false, why: expect.any(String), fix: expect.any(String) });
    expect(gate).toHaveProperty('why', why);
    expect(JSON.stringify(gate)).not.toContain(password);
  });

  it.each<[string, Parameters<typeof postgresLogical>[0] extends infer O ? Partial<O> : never]>([
    ['the database of blue has no role nobody', { role: 'nobody' }],
    [
      'Switchback uses the role postgres in the database of blue, as the application does',
      { role: 'postgres' },
    ],
    ['the database of blue has no publication none', { publication: 'none' }],
  ])('says: %s', async (why, more) => {
    const gate = await postgresLogical({ ...shop.options, ...more }).gate('green', never);
    expect(gate).toMatchObject({ ok: false, why });
  });

  it('names one database for both colors, and a login that is refused', async () => {
    const same = await postgresLogical({ ...shop.options, green: shop.options.blue }).gate('green', never);
    expect(same).toMatchObject({ why: 'cutover.data.blue and cutover.data.green lead to the same database' });
    const wrong = shop.options.green.replace(password, 'guess-7c');
    const refused = await postgresLogical({ ...shop.options, green: wrong }).gate('green', never);
    expect(refused).toMatchObject({
      why: 'the database of green does not answer: it refuses the password',
    });
    expect(JSON.stringify(refused)).not.toContain('guess-7c');
  });

  it('names a table of which only some rows or columns are published', async () => {
    for (const part of ['(id)', 'where (id > 3)']) {
      await shop.sql('blue', `create publication partly for table orders ${part}`);
      await shop.sql('green', 'create publication partly for table orders');
      const gate = await postgresLogical({ ...shop.options, publication: 'partly' }).gate('green', never);
      for (const color of ['blue', 'green'] as const) await shop.sql(color, 'drop publication partly');
      expect(gate).toMatchObject({
        why: 'the publication partly of blue has only some rows or columns of orders',
      });
    }
  });

  it('names a transaction that the turn would wait for', async () => {
    await shop.ready('green');
    const working = shop.sql('green', 'begin; create table t (n int); select pg_sleep(2.5); rollback');
    const gate = await until('it is seen', async () => {
      const gate = await shop.data.gate('green', never);
      return gate.ok ? undefined : gate;
    });
    expect(gate).toMatchObject({
      why: expect.stringMatching(/^a transaction has written on green for \d+ s/),
    });
    await working;
  });
});

it('the set-up of docs/data.md works as it is written', async () => {
  const docs = readFileSync('docs/data.md', 'utf8');
  const [both = '', follower = ''] = [...docs.matchAll(/```sql\n([^`]*)```/g)].map(([, sql = '']) => sql);
  for (const color of ['blue', 'green'] as const) {
    await pair[color].sql('postgres', 'create database shop');
    await pair[color].sql('shop', 'create table orders (id bigserial primary key, note text)');
    await pair[color].sql(
      'shop',
      `grant all on all tables in schema public to ${appRole}; grant all on all sequences in schema public to ${appRole}`,
    );
    await pair[color].sql('shop', both);
  }
  await sqlAt(pair.blue.dsn('shop', appRole), `insert into orders (note) values ('before')`);
  const real = follower.replace(/postgres:\/\/[^']+/, pair.blue.dsn('shop'));
  expect(real).not.toBe(follower);
  await pair.green.sql('shop', real.slice(0, real.indexOf('create')));
  await pair.green.sql('shop', real.slice(real.indexOf('create')));
  const data = postgresLogical({
    ...shop.options,
    blue: pair.blue.dsn('shop'),
    green: pair.green.dsn('shop'),
  });
  await until('it can be turned', async () => (await data.gate('green', never)).ok, undefined, 50);
  expect(await pair.green.sql('shop', 'select note from orders')).toEqual([{ note: 'before' }]);
});

it('a turn goes by the setting that is in effect, also of a whole database', async () => {
  const whole = await openShop(pair, 'whole');
  for (const color of ['blue', 'green'] as const)
    await whole.sql(color, 'alter database whole set default_transaction_read_only = on');
  for (const to of ['green', 'blue'] as const) {
    expect(await whole.turn(to)).toEqual({ turned: true, notes: [] });
    expect(await whole.writable()).toEqual([to]);
  }
});
