/** Finds what one database has that the other has not: what its slot still keeps. Changes nothing. */
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import type { MissedRow } from '../release/data.ts';
import { readChanges } from './pgoutput.ts';
import type { RowChange } from './pgoutput.ts';
import { connect } from './postgres-client.ts';
import type { Session } from './postgres-client.ts';
import { look, nameFor, slotFor } from './postgres-look.ts';
import type { PostgresOptions } from './postgres-options.ts';

/** How many changes are read. A transaction is read as a whole. */
const mostChanges = 10_000;

/** Changes that `color` has and the other has not, in the order of their commits. `more`: there are more. */
export interface Unsent {
  changes: RowChange[];
  more: boolean;
}

/** Reads them. Undefined: nobody can say. Throws `SqlFailed` where `color` does not answer. */
export async function unsent(
  options: PostgresOptions,
  color: Color,
  signal: AbortSignal,
): Promise<Unsent | undefined> {
  const follower = otherColor(color);
  const [here, there] = await Promise.allSettled([
    connect(options[color], signal),
    connect(options[follower], signal),
  ]);
  try {
    if (here.status === 'rejected') throw here.reason;
    const other = there.status === 'fulfilled' ? there.value : undefined;
    return await between(options, { color, here: here.value, other });
  } finally {
    for (const each of [here, there]) if (each.status === 'fulfilled') each.value.end();
  }
}

async function between(
  options: PostgresOptions,
  { color, here, other }: { color: Color; here: Session; other: Session | undefined },
): Promise<Unsent | undefined> {
  const at = await look(here, options);
  const [subscription] = other ? (await look(other, options)).subscriptions : [];
  const slot = slotFor(at, subscription, nameFor(options.publication, at.database, otherColor(color)));
  // A side that follows, and that nobody may write, has nothing of its own.
  if (slot === undefined)
    return at.subscriptions.length > 0 && at.role.readOnly ? { changes: [], more: false } : undefined;
  if (slot.lost) return undefined;
  const [own] = await here.query<{ name: string }>(`select 'switchback_peek_' || pg_backend_pid() as name`);
  await here.query('select pg_copy_logical_replication_slot($1, $2, true)', [slot.name, own?.name]);
  const rows = await here.query<{ data: Buffer }>(
    `select data from pg_logical_slot_peek_binary_changes($1, null, $2,
       'proto_version', '1', 'publication_names', $3)`,
    [own?.name, mostChanges, here.name(options.publication)],
  );
  const applied = other && subscription ? await appliedAt(other, subscription.oid) : 0n;
  const changes = readChanges(rows.map(({ data }) => data)).filter(({ end }) => end > applied);
  return { changes, more: rows.length >= mostChanges };
}

/** Until where the other side has applied. The slot learns that later. */
async function appliedAt(session: Session, subscription: string): Promise<bigint> {
  const [row] = await session.query<{ at: string | null }>(
    `select (remote_lsn - '0/0')::text as at from pg_replication_origin_status where external_id = $1`,
    [`pg_${subscription}`],
  );
  return BigInt(row?.at ?? 0);
}

/** One of them, for people. */
export function rowOf({ table, change, at, row, old }: RowChange): MissedRow {
  return { table, change, at, ...(row && { row }), ...(old && { old }) };
}
