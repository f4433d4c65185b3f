/** Waits until the side that follows has replayed everything. */
import { systemClock } from '../release/clock.ts';
import type { Session } from './postgres-client.ts';

const everyMs = 3;
/** How often both sides are made to report, ms. */
const nudgeMs = 20;

/** How far it got: `ms` until all was there; or why not. */
export type Drained = { ms: number } | { why: string };

/**
 * Waits until the follower of `slot` has all that is committed on `source` now. A message in the log of each side makes
 * it write what was not on disk yet, and report: otherwise that takes up to 200 ms.
 */
export async function drained(
  { source, follower, slot }: { source: Session; follower: Session; slot: string },
  withinMs: number,
  signal: AbortSignal,
): Promise<Drained> {
  const startedAt = performance.now();
  const nudge = async (): Promise<void> => {
    await Promise.all([source, follower].map((each) => each.query(message)));
  };
  await nudge();
  const [target] = await source.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn');
  let nudgedAt = performance.now();
  for (;;) {
    const [at] = await source.query<{ state: string; there: boolean | null }>(position, [slot, target?.lsn]);
    const ms = performance.now() - startedAt;
    if (at?.state === 'streaming' && at.there) return { ms: Math.round(ms) };
    if (ms > withinMs || signal.aborted)
      return {
        why: at
          ? at.state === 'streaming'
            ? 'it is behind'
            : `its state is ${at.state}`
          : 'it is not connected',
      };
    await systemClock.sleep(everyMs);
    if (performance.now() - nudgedAt < nudgeMs) continue;
    await nudge();
    nudgedAt = performance.now();
  }
}

const message = `select pg_logical_emit_message(true, 'switchback', '')`;
const position = `
select r.state, r.replay_lsn >= $2::pg_lsn as there
from pg_replication_slots s join pg_stat_replication r on r.pid = s.active_pid where s.slot_name = $1`;
