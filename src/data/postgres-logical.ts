/** Two PostgreSQL databases, of which one follows the other by logical replication. */
import { withDeadline } from '../net/deadline.ts';
import { colorSchema, otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import { countMissed } from '../release/count-missed.ts';
import type { Data, DataGate } from '../release/data.ts';
import { formatDuration } from '../release/duration.ts';
import { clientsWait } from './pgbouncer.ts';
import { connect, SqlFailed } from './postgres-client.ts';
import type { Session } from './postgres-client.ts';
import { drained } from './postgres-drain.ts';
import { factsOf } from './postgres-facts.ts';
import { judge } from './postgres-gate.ts';
import type { Wrong } from './postgres-gate.ts';
import { look } from './postgres-look.ts';
import type { PostgresOptions } from './postgres-options.ts';
import { rowOf, unsent } from './postgres-missed.ts';
import type { Unsent } from './postgres-missed.ts';
import { turnPostgres } from './postgres-turn.ts';

/** How long it may take to connect and to ask, without the lag, ms. */
const askedMs = 2_000;

/** Makes the port. */
export function postgresLogical(options: PostgresOptions): Data {
  return {
    answersMs: options.maxLag + 1_000,
    gate: (to, signal, begun) => (begun ? answer(options, signal) : gate(options, to, signal)),
    async lag(writable, signal) {
      const within = options.maxLag + askedMs;
      return withBoth(options, within, signal, async (both, signal) => {
        const follower = otherColor(writable);
        const [subscription] = (await look(both[follower], options)).subscriptions;
        if (subscription?.slot === undefined || subscription.slot === null) return undefined;
        const sides = { source: both[writable], follower: both[follower], slot: subscription.slot };
        const done = await drained(sides, options.maxLag + lagMoreMs, signal);
        return 'why' in done ? undefined : done.ms;
      }).catch(() => undefined);
    },
    turn: (to, order) => turnPostgres(options, to, order),
    missed: async (color, signal) => {
      const found = await unsentIn(options, color, signal);
      return found && countMissed(found.changes, found.more);
    },
    changes: async (color, signal) => (await unsentIn(options, color, signal))?.changes.map(rowOf),
  };
}

async function unsentIn(
  options: PostgresOptions,
  color: Color,
  signal: AbortSignal,
): Promise<Unsent | undefined> {
  return withDeadline(askedMs, signal, (signal) => unsent(options, color, signal)).catch(() => undefined);
}

/** How much longer than `maxLag` a lag is measured, ms. */
const lagMoreMs = 200;

/** Asks only whether both databases answer: a turn that was begun looks at the rest. */
async function answer(options: PostgresOptions, signal: AbortSignal): Promise<DataGate> {
  return asked(() =>
    withBoth(options, askedMs, signal, async (both) => {
      await Promise.all([look(both.blue, options), look(both.green, options)]);
      return { ok: true, lagMs: 0 };
    }),
  );
}

async function gate(options: PostgresOptions, to: Color, signal: AbortSignal): Promise<DataGate> {
  const from = otherColor(to);
  const { maxLag } = options;
  return asked(() =>
    withBoth(options, askedMs + maxLag, signal, async (both, signal): Promise<DataGate> => {
      const [blue, green] = await Promise.all([factsOf(both.blue, options), factsOf(both.green, options)]);
      const verdict = judge({ blue, green }, to, options);
      if ('why' in verdict) return { ok: false, ...verdict };
      if ('turned' in verdict) return { ok: true, lagMs: 0 };
      const waits = await poolsWait(options, { blue, green }, signal);
      if (waits) return { ok: false, ...waits };
      const sides = { source: both[from], follower: both[to], slot: verdict.slot };
      const done = await drained(sides, maxLag, signal);
      if ('ms' in done) return { ok: true, lagMs: done.ms };
      return {
        ok: false,
        why: `the database of ${to} is more than ${formatDuration(maxLag)} behind that of ${from}: ${done.why}`,
        fix: `wait, or look at pg_stat_replication on ${from}, at the log of ${to}, and at cutover.data.peers`,
      };
    }),
  );
}

/** Makes an answer of what prevents one. */
async function asked(ask: () => Promise<DataGate>): Promise<DataGate> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Silent)
      return {
        ok: false,
        why: error.message,
        fix: `start it, or correct cutover.data.${error.color}`,
      };
    return {
      ok: false,
      why: `the databases cannot be asked: ${error instanceof Error ? error.message : 'stopped'}`,
    };
  }
}

/** What is wrong with the PgBouncers, where there are some. */
async function poolsWait(
  { pgbouncer }: PostgresOptions,
  databases: Record<Color, { database: string }>,
  signal: AbortSignal,
): Promise<Wrong | undefined> {
  if (pgbouncer === undefined) return undefined;
  const all = await Promise.all(
    colorSchema.options.map(async (color): Promise<Wrong | undefined> => {
      try {
        if (!(await clientsWait(pgbouncer[color], databases[color].database, signal))) return undefined;
        return {
          why: `the PgBouncer of ${color} lets clients wait already`,
          fix: 'type RESUME in its console, if nobody works on it',
        };
      } catch (error) {
        if (!(error instanceof SqlFailed)) throw error;
        return {
          why: `the PgBouncer of ${color} does not answer: ${error.message}`,
          fix: `start it, or correct cutover.data.pgbouncer.${color}`,
        };
      }
    }),
  );
  return all.find((each) => each !== undefined);
}

/** A database that cannot be asked. */
class Silent extends Error {
  readonly color: Color;
  constructor(color: Color, why: string) {
    super(`the database of ${color} does not answer: ${why}`);
    this.color = color;
  }
}

/** Asks both databases, each in a connection of its own. Throws `Silent`, and what ended the time. */
async function withBoth<T>(
  options: PostgresOptions,
  ms: number,
  signal: AbortSignal,
  work: (both: Record<Color, Session>, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withDeadline(ms, signal, async (signal) => {
    const open: Session[] = [];
    try {
      const [blue, green] = await Promise.allSettled(
        (['blue', 'green'] as const).map(async (color) => {
          const session = await connect(options[color], signal).catch((error: unknown) => {
            throw error instanceof SqlFailed ? new Silent(color, error.message) : error;
          });
          open.push(session);
          return session;
        }),
      );
      if (blue?.status !== 'fulfilled') throw blue?.reason;
      if (green?.status !== 'fulfilled') throw green?.reason;
      return await work({ blue: blue.value, green: green.value }, signal);
    } finally {
      for (const session of open) session.end();
    }
  });
}
