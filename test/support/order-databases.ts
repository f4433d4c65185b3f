/** The databases of a small shop: orders in a PostgreSQL for each color, of which one follows the other. */
import pg from 'pg';
import type { Color } from '../../src/release/color.ts';
import { sqlAt, startPostgres } from './postgres.ts';
import type { PostgresServer } from './postgres.ts';

/** One order, as it stands in a database. `at`: ms of the machine's clock. */
export interface OrderRow {
  id: number;
  number: number;
  color: Color;
  at: number;
}

export interface OrderDatabases {
  readonly blue: PostgresServer;
  readonly green: PostgresServer;
  /** `cutover.data` of the service, and what it needs in the bot's environment. */
  readonly data: Record<string, unknown>;
  readonly env: Record<string, string>;
  /** Carries out a write of a color's application: the order of that number. */
  takes(color: Color): (number: string) => Promise<void>;
  rows(color: Color): Promise<OrderRow[]>;
  /** Whether a new session of the application can write there: it does, and takes that back. */
  isWritable(color: Color): Promise<boolean>;
  stop(): Promise<void>;
}

const settings = ['wal_receiver_timeout=5s', 'wal_sender_timeout=5s', 'wal_retrieve_retry_interval=200ms'];

/** Starts both. Blue takes the writes, and green follows it. */
export async function startOrderDatabases(): Promise<OrderDatabases> {
  const [blue, green] = await Promise.all([startPostgres(settings), startPostgres(settings)]);
  const servers = { blue, green };
  for (const server of [blue, green]) {
    await server.sql('postgres', 'create database shop');
    await server.sql(
      'shop',
      `create role app login password 'pg-pass-3f9a';
       create table orders (
         id serial primary key, number int not null, color text not null,
         at timestamptz not null default clock_timestamp());
       create table probe (id int);
       grant all on orders, orders_id_seq, probe to app;
       create publication shop for table orders;`,
    );
  }
  await green.sql('shop', 'alter role app in database shop set default_transaction_read_only = on');
  await green.sql('shop', `create subscription shop connection '${blue.dsn('shop')}' publication shop`);
  const pools = {
    blue: new pg.Pool({ connectionString: blue.dsn('shop', 'app'), max: 10, connectionTimeoutMillis: 2_000 }),
    green: new pg.Pool({
      connectionString: green.dsn('shop', 'app'),
      max: 10,
      connectionTimeoutMillis: 2_000,
    }),
  };
  // A connection that a turn ends is one that the pool opens again.
  for (const pool of Object.values(pools)) pool.on('error', () => {});
  return {
    blue,
    green,
    data: {
      kind: 'postgres-logical',
      blue: '${BLUE_DSN}',
      green: '${GREEN_DSN}',
      publication: 'shop',
      role: 'app',
    },
    env: { BLUE_DSN: blue.dsn('shop'), GREEN_DSN: green.dsn('shop') },
    takes: (color) => async (number) => {
      await pools[color].query('insert into orders (number, color) values ($1, $2)', [Number(number), color]);
    },
    rows: (color) =>
      servers[color].sql<OrderRow>(
        'shop',
        'select id, number, color, extract(epoch from at)::float8 * 1000 as at from orders order by id',
      ),
    async isWritable(color) {
      try {
        await sqlAt(servers[color].dsn('shop', 'app'), 'begin; insert into probe values (1); rollback');
        return true;
      } catch {
        return false;
      }
    },
    async stop() {
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
      await Promise.all([blue.stop(), green.stop()]);
    },
  };
}
