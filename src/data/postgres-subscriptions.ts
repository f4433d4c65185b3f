/** Ends and begins the following of one database by the other. Each can be done again after a kill anywhere. */
import { systemClock } from '../release/clock.ts';
import type { Session } from './postgres-client.ts';
import { nameFor } from './postgres-look.ts';
import type { Subscription } from './postgres-look.ts';
import type { PostgresOptions } from './postgres-options.ts';
import type { Change } from './postgres-role.ts';
import { Stop } from './postgres-sides.ts';
import type { Side } from './postgres-sides.ts';

/** How long a slot may stay in use after its user was ended, ms. */
const freeMs = 2_000;
const everyMs = 5;

/** Ends a subscription of `follower`, and its slot at `source`; without `source`, the slot stays. */
export async function unsubscribe(
  { follower, source }: { follower: Side; source: Side | undefined },
  { name, slot }: Subscription,
  change: Change,
): Promise<void> {
  const { session } = follower;
  const at = `alter subscription ${session.name(name)}`;
  await change(session, `${at} disable`);
  // The slot goes first: its name is known from the subscription.
  if (slot !== null && source) await dropSlot(source.session, slot, change);
  await change(session, `${at} set (slot_name = none)`);
  await change(session, `drop subscription ${session.name(name)}`);
}

/** Makes `follower` follow `source`, without copying: both must have the same rows, and nobody may write. */
export async function subscribe(
  { follower, source }: { follower: Side; source: Side },
  { publication, ...options }: PostgresOptions,
  change: Change,
): Promise<void> {
  const name = nameFor(publication, source.look.database, follower.color);
  const { session } = follower;
  const peer = (options.peers ?? options)[source.color];
  await dropSlot(source.session, name, change);
  // One that was made for the other direction, and is not used any more, would keep the log of this side for ever.
  await dropSlot(session, nameFor(publication, follower.look.database, source.color), change);
  await change(source.session, `select pg_create_logical_replication_slot($1, 'pgoutput')`, [name]);
  // A failure would write the statement, with its password, into the log of the server.
  await session.query('set log_min_error_statement = panic').catch(() => {});
  await change(
    session,
    `create subscription ${session.name(name)} connection ${session.text(peer)}
     publication ${session.name(publication)}
     with (copy_data = false, create_slot = false, slot_name = ${session.text(name)})`,
  );
}

/** Drops a slot if it exists, and ends what uses it. */
async function dropSlot(session: Session, slot: string, change: Change): Promise<void> {
  const until = performance.now() + freeMs;
  for (;;) {
    const [row] = await session.query<{ pid: number | null }>(
      'select active_pid as pid from pg_replication_slots where slot_name = $1',
      [slot],
    );
    if (row === undefined) return;
    if (row.pid === null) return change(session, 'select pg_drop_replication_slot($1)', [slot]);
    if (performance.now() > until) throw new Stop(`the slot ${slot} is still in use`);
    await change(session, 'select pg_terminate_backend($1)', [row.pid]);
    await systemClock.sleep(everyMs);
  }
}
