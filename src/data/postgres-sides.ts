/** The two databases of a turn: one connection each, which a process that comes later ends. */
import { createHash } from 'node:crypto';
import { systemClock } from '../release/clock.ts';
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import type { TurnOrder } from '../release/data.ts';
import { connect, SqlFailed } from './postgres-client.ts';
import type { Session } from './postgres-client.ts';
import { look } from './postgres-look.ts';
import type { Look } from './postgres-look.ts';
import type { PostgresOptions } from './postgres-options.ts';

/** How long a former process may take to lose its connection, ms. */
const takeMs = 2_000;
const everyMs = 5;
/** The first half of the keys of advisory locks that are Switchback's. */
const lockClass = 0x5357;
const never = new AbortController().signal;

/** A turn cannot go on; the message is for people, without a full stop. `final`: not even by force. */
export class Stop extends Error {
  readonly final: boolean;
  constructor(message: string, final = false) {
    super(message);
    this.final = final;
  }
}

/** One side of a turn, as it was when the turn began. */
export interface Side {
  color: Color;
  session: Session;
  look: Look;
}

/** Both sides. `from` undefined: it does not answer; `why`: in words. */
export interface Sides {
  to: Side;
  from: Side | undefined;
  why?: string;
}

/**
 * Connects to both sides, and takes the lock of the publication on each. Who has it is a former process, which may be
 * paused: its connection is ended, so that what it would still do fails. Throws `Stop`.
 */
export async function openSides(
  options: PostgresOptions,
  to: Color,
  order: Pick<TurnOrder, 'mayWrite'>,
): Promise<Sides> {
  const open = async (color: Color): Promise<Side> => {
    const session = await connect(options[color], never);
    try {
      await takeLock(session, options.publication, () => order.mayWrite());
      return { color, session, look: await look(session, options) };
    } catch (error) {
      session.end();
      throw error;
    }
  };
  const from = otherColor(to);
  const [one, other] = await Promise.allSettled([open(to), open(from)]);
  const fail = (): void => {
    for (const each of [one, other]) if (each.status === 'fulfilled') each.value.session.end();
  };
  if (one.status === 'rejected') {
    fail();
    throw new Stop(silent(to, one.reason));
  }
  if (other.status === 'rejected') {
    const why = silent(from, other.reason);
    if (!(other.reason instanceof Stop)) return { to: one.value, from: undefined, why };
    fail();
    throw new Stop(why);
  }
  if (!order.mayWrite()) {
    fail();
    throw new Stop(tooLate, true);
  }
  return { to: one.value, from: other.value };
}

/** Why a process whose lease ends does no more. */
export const tooLate = 'the lease of the service ends too soon';

/** Says that a database cannot be used. */
export function silent(color: Color, error: unknown): string {
  if (error instanceof Stop) return error.message;
  if (error instanceof SqlFailed) return `the database of ${color} does not answer: ${error.message}`;
  throw error;
}

async function takeLock(session: Session, publication: string, mayWrite: () => boolean): Promise<void> {
  const key = createHash('sha256').update(publication).digest().readUInt32BE() >>> 1;
  const until = performance.now() + takeMs;
  for (;;) {
    const [row] = await session.query<{ got: boolean }>('select pg_try_advisory_lock($1, $2) as got', [
      lockClass,
      key,
    ]);
    if (row?.got) return;
    if (!mayWrite()) throw new Stop(tooLate, true);
    if (performance.now() > until) throw new Stop('another process still works on the databases');
    await session.query(
      `select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
       where l.locktype = 'advisory' and d.datname = current_database()
         and l.classid = $1::int8::oid and l.objid = $2::int8::oid and l.objsubid = 2
         and l.granted and l.pid <> pg_backend_pid()`,
      [lockClass, key],
    );
    await systemClock.sleep(everyMs);
  }
}
