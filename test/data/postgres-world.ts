/** A database of a shop on two real servers, and what a test does with it. */
import pg from 'pg';
import { postgresOptions } from '../../src/data/postgres-options.ts';
import type { PostgresOptions } from '../../src/data/postgres-options.ts';
import { postgresLogical } from '../../src/data/postgres-logical.ts';
import { otherColor } from '../../src/release/color.ts';
import type { Color } from '../../src/release/color.ts';
import type { Data, TurnOrder, TurnResult, TurnStep } from '../../src/release/data.ts';
import { appRole, makeShop, sqlAt } from '../support/postgres.ts';
import type { PostgresPair } from '../support/postgres.ts';
import { until } from '../support/until.ts';

/** The signal of a question that nobody stops. */
export const never = new AbortController().signal;

/** One shop: green follows blue at first. */
export interface Shop {
  data: Data;
  options: PostgresOptions;
  /** Runs statements as a superuser. */
  sql<Row extends object>(color: Color, text: string): Promise<Row[]>;
  /** Runs statements as the application. */
  app<Row extends object>(color: Color, text: string): Promise<Row[]>;
  /** The sides where the application can write now, by really writing. */
  writable(): Promise<Color[]>;
  /** Turns, with a record of its steps. `at`: asked before each step; false or a throw ends this process there. */
  turn(to: Color, more?: Partial<TurnOrder> & { at?: (step: string) => boolean | void }): Promise<TurnResult>;
  /** The steps of the turn that has not ended. */
  begun: TurnStep[];
  /** Waits until the databases can be turned to a color. */
  ready(to: Color): Promise<void>;
}

/** Makes a shop in a database of this name. */
export async function openShop(
  pair: PostgresPair,
  database: string,
  more: Partial<Record<keyof PostgresOptions, unknown>> = {},
): Promise<Shop> {
  await makeShop(pair, database);
  const options = postgresOptions.parse({
    kind: 'postgres-logical',
    blue: pair.blue.dsn(database),
    green: pair.green.dsn(database),
    publication: 'checkout',
    role: appRole,
    ...more,
  });
  const data = postgresLogical(options);
  const dsn = (color: Color): string => pair[color].dsn(database, appRole);
  const shop: Shop = {
    data,
    options,
    begun: [],
    sql: (color, text) => pair[color].sql(database, text),
    app: (color, text) => sqlAt(dsn(color), text),
    async writable() {
      const can = await Promise.all(
        (['blue', 'green'] as const).map(async (color) => {
          const wrote = await sqlAt(
            dsn(color),
            `begin; insert into orders (note) values ('try'); rollback`,
          ).then(
            () => true,
            (error: Error) => {
              if (/read-only/.test(error.message)) return false;
              throw error;
            },
          );
          return wrote ? [color] : [];
        }),
      );
      return can.flat();
    },
    async turn(to, { at, ...order } = {}) {
      const result = await data.turn(to, {
        id: 'turn-1',
        begun: [...shop.begun],
        async before(step) {
          if (at?.(step) === false) return false;
          shop.begun.push({ to, step });
          return true;
        },
        mayWrite: () => true,
        signal: never,
        ...order,
      });
      if (result.turned) shop.begun = [];
      return result;
    },
    async ready(to) {
      await until(
        `${otherColor(to)} can be turned to ${to}`,
        async () => (await data.gate(to, never)).ok,
        undefined,
        50,
      );
    },
  };
  await shop.ready('green');
  return shop;
}

/** A client of the application that writes a row every few ms, and keeps what was acknowledged. */
export interface Writer {
  /** The notes of acknowledged rows, in order. */
  acknowledged: string[];
  /** Writes to this color from now on. */
  color: Color;
  stop(): Promise<void>;
}

/** Starts one. It connects again after each error, as a pool does, and tries the same row again only if it was refused. */
export function startWriter(dsnOf: (color: Color) => string, name: string, color: Color): Writer {
  let stopped = false;
  const writer: Writer = { acknowledged: [], color, stop: async () => {} };
  const work = async (): Promise<void> => {
    let client: pg.Client | undefined;
    let at: Color | undefined;
    for (let number = 0; !stopped; number += 1) {
      const note = `${name}-${number}`;
      try {
        if (client === undefined || at !== writer.color) {
          await client?.end().catch(() => {});
          at = writer.color;
          client = new pg.Client({ connectionString: dsnOf(at) });
          client.on('error', () => {});
          await client.connect();
        }
        await client.query('insert into orders (note) values ($1)', [note]);
        writer.acknowledged.push(note);
      } catch {
        await client?.end().catch(() => {});
        client = undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await client?.end().catch(() => {});
  };
  const over = work();
  writer.stop = async () => {
    stopped = true;
    await over;
  };
  return writer;
}
