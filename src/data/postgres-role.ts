/** Lets the application's role write in a database, or only read. */
import { whyAborted } from '../net/explain.ts';
import { systemClock } from '../release/clock.ts';
import type { Session } from './postgres-client.ts';
import { Stop } from './postgres-sides.ts';
import type { Side } from './postgres-sides.ts';

/** How long work of the role may last when it becomes read-only, ms: what has written, and what only reads. */
const writersMs = 1_000;
const readersMs = 250;
/** How long sessions may take to end, ms. */
const endMs = 2_000;
const everyMs = 5;

/** Runs one statement that changes something, if this process still may. */
export type Change = (session: Session, sql: string, values?: readonly unknown[]) => Promise<void>;

/**
 * Makes the role read-only: what has written may end, then all its sessions end, since each keeps the setting that it
 * began with. The wait for them ends with `signal`.
 */
export async function closeFor(
  role: string,
  { session, color, look }: Side,
  change: Change,
  signal: AbortSignal,
): Promise<void> {
  const at = `alter role ${session.name(role)} in database ${session.name(look.database)}`;
  await change(session, `${at} set default_transaction_read_only = on`);
  await endSessions(role, { session, color }, change, { writersMs, readersMs, signal });
}

/** Lets the role write. Its sessions end, so that connection pools make new ones. */
export async function openFor(role: string, { session, color, look }: Side, change: Change): Promise<void> {
  const at = `alter role ${session.name(role)} in database ${session.name(look.database)}`;
  // Not `reset`: the role or the database may have a setting of its own.
  await change(session, `${at} set default_transaction_read_only = off`);
  await endSessions(role, { session, color }, change, { writersMs: 0, readersMs: 0 });
}

interface Former {
  pid: number;
  writes: boolean;
  busy: boolean;
}

// A session that is just starting may have read the old setting, and is in no list yet. It holds a lock on its database.
const former = `
select (select coalesce(json_agg(l.pid), '[]') from pg_locks l join pg_database d on d.oid = l.objid
    where l.locktype = 'object' and l.classid = 'pg_database'::regclass and d.datname = current_database()
      and l.mode = 'RowExclusiveLock' and l.pid <> pg_backend_pid()) as starting,
  (select coalesce(json_agg(json_build_object(
      'pid', pid, 'writes', backend_xid is not null, 'busy', state is distinct from 'idle')), '[]')
    from pg_stat_activity
    where usename = $1 and datname = current_database() and backend_type = 'client backend'
      and backend_start < $2::timestamptz) as sessions`;

/** Ends all sessions of the role that began before now: idle ones at once, others after their time. */
async function endSessions(
  role: string,
  { session, color }: Pick<Side, 'session' | 'color'>,
  change: Change,
  may: { writersMs: number; readersMs: number; signal?: AbortSignal },
): Promise<void> {
  const [now] = await session.query<{ at: string }>('select clock_timestamp()::text as at');
  const startedAt = performance.now();
  let starting: Set<number> | undefined;
  const ended = new Set<number>();
  for (;;) {
    const [row] = await session.query<{ starting: number[]; sessions: Former[] }>(former, [role, now?.at]);
    const ms = performance.now() - startedAt;
    starting ??= new Set(row?.starting);
    const still = new Set(row?.starting);
    const sessions = row?.sessions ?? [];
    if (sessions.length === 0 && ![...starting].some((pid) => still.has(pid))) return;
    if (may.signal?.aborted) throw new Stop(whyAborted(may.signal));
    if (ms > may.writersMs + endMs)
      throw new Stop(`sessions of ${role} in the database of ${color} did not end`);
    const due = sessions.filter(
      ({ pid, writes, busy }) => !ended.has(pid) && (!busy || ms >= (writes ? may.writersMs : may.readersMs)),
    );
    if (due.length > 0)
      await change(session, 'select pg_terminate_backend(pid) from unnest($1::int[]) pid', [
        due.map(({ pid }) => pid),
      ]);
    for (const { pid } of due) ended.add(pid);
    await systemClock.sleep(everyMs);
  }
}
