/** Goes back to a database by force, when the other one does not answer or does not follow. */
import { otherColor } from '../release/color.ts';
import { SqlFailed } from './postgres-client.ts';
import { look } from './postgres-look.ts';
import { closeFor, openFor } from './postgres-role.ts';
import { moveSequences } from './postgres-sequences.ts';
import { Stop } from './postgres-sides.ts';
import type { Side } from './postgres-sides.ts';
import { unsubscribe } from './postgres-subscriptions.ts';
import type { Turning } from './postgres-turning.ts';

const never = new AbortController().signal;

/**
 * Ends with `to` writable. What cannot be done at the other side is left out, and said in the notes. Its slot stays:
 * it keeps the rows that `to` has not. `failed`: why the usual way did not work.
 */
export async function turnByForce(turning: Turning, failed: string): Promise<void> {
  const { options, change, begin, notes } = turning;
  const to = { ...turning.to, look: await look(turning.to.session, options) };
  const other = otherColor(to.color);
  const from = turning.from && (await closed(turning, turning.from));
  const rows = await unknownRows(to, other);
  notes.push(`${failed}${rows}`);
  if (from === undefined) {
    turning.owed = true;
    notes.push(
      `before the database of ${other} comes back, nobody may write there: alter role "${options.role}" in database "${to.look.database}" set default_transaction_read_only = on`,
    );
  }
  for (const subscription of to.look.subscriptions) {
    await begin('abandon', to.color);
    await unsubscribe({ follower: to, source: undefined }, subscription, change);
  }
  await begin('sequences', to.color);
  await moveSequences({ to: to.session, from: from?.session }, options, change);
  await begin('open', to.color);
  await openFor(options.role, to, change);
  notes.push(`the database of ${other} may not follow: set replication up again (docs/data.md)`);
}

/** Makes the other side read-only. Undefined: it does not do that. */
async function closed({ begin, change, options }: Turning, from: Side): Promise<Side | undefined> {
  try {
    await begin('close', from.color);
    await closeFor(options.role, from, change, never);
    return from;
  } catch (error) {
    if (error instanceof SqlFailed || (error instanceof Stop && !error.final)) return undefined;
    throw error;
  }
}

/** Since when rows of the other side may be missing, in words; empty where it is not known. */
async function unknownRows({ session, look: { subscriptions } }: Side, other: string): Promise<string> {
  const [subscription] = subscriptions;
  if (subscription === undefined) return '';
  const [row] = await session.query<{ at: Date | null }>(
    'select max(greatest(latest_end_time, last_msg_receipt_time)) as at from pg_stat_subscription where subid = $1::int8::oid',
    [subscription.oid],
  );
  const since = row?.at ? ` since ${row.at.toISOString()}` : '';
  return `; rows of ${other}${since} may be missing`;
}

/**
 * Opens the side that took writes last, and still has all rows, without the other one, which does not answer: `why`. It
 * does not follow it any more, so that nothing of it can come later.
 */
export async function openAlone(turning: Turning, why: string): Promise<void> {
  const { to, options, change, begin, notes } = turning;
  for (const subscription of to.look.subscriptions) {
    await begin('abandon', to.color);
    await unsubscribe({ follower: to, source: undefined }, subscription, change);
  }
  await begin('open', to.color);
  await openFor(options.role, to, change);
  notes.push(`${why}; it may not follow`);
  turning.owed = true;
}
