/**
 * Turns two databases round. It looks at them, and does only what is missing, so that any process can go on after a
 * kill anywhere, or take it back.
 */
import { whyAborted } from '../net/explain.ts';
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import type { TurnOrder, TurnResult } from '../release/data.ts';
import { pauseClients, resumeClients } from './pgbouncer.ts';
import { databaseOf, SqlFailed } from './postgres-client.ts';
import { drained } from './postgres-drain.ts';
import { openAlone, turnByForce } from './postgres-force.ts';
import type { Subscription } from './postgres-look.ts';
import type { PostgresOptions } from './postgres-options.ts';
import { pastOf } from './postgres-past.ts';
import { closeFor, openFor } from './postgres-role.ts';
import { moveSequences } from './postgres-sequences.ts';
import { openSides, Stop, tooLate } from './postgres-sides.ts';
import type { Side } from './postgres-sides.ts';
import { subscribe, unsubscribe } from './postgres-subscriptions.ts';
import { turningOf } from './postgres-turning.ts';
import type { Turning } from './postgres-turning.ts';

/** How long the last rows may take, at least, ms. */
const drainMs = 1_000;
const never = new AbortController().signal;

/** Turns the databases so that those of `to` take writes. Never throws for what fails there. */
export async function turnPostgres(
  options: PostgresOptions,
  to: Color,
  order: TurnOrder,
): Promise<TurnResult> {
  const paused = { yes: order.begun.some(({ step }) => step.startsWith('pause')) };
  let turning: Turning | undefined;
  let result: TurnResult;
  try {
    turning = turningOf(await openSides(options, to, order), options, order);
    await turnOrForce(turning, paused);
    result = { turned: true, notes: turning.notes, ...(turning.owed && { owed: true }) };
  } catch (error) {
    if (!(error instanceof Stop || error instanceof SqlFailed)) throw error;
    const why = error instanceof Stop ? error.message : `a database did not do it: ${error.message}`;
    result = { turned: false, why };
    if (isFinal(error)) return result;
  } finally {
    turning?.to.session.end();
    turning?.from?.session.end();
  }
  // However it ends, clients do not wait any longer: PgBouncer itself has no end for it.
  const trouble = paused.yes ? await resume(options, to, order) : [];
  if (result.turned) result.notes.push(...trouble);
  return result;
}

async function turnOrForce(turning: Turning, paused: { yes: boolean }): Promise<void> {
  const { from, order, why = '' } = turning;
  if (from === undefined) {
    if (order.force === true) return turnByForce(turning, why);
    if (!pastOf(order.begun, turning.to.color).wasLive) throw new Stop(why);
    return openAlone(turning, why);
  }
  await turn(turning, from, paused).catch(async (error: unknown) => {
    if (order.force !== true || isFinal(error)) throw error;
    await turnByForce(turning, (error as Error).message);
  });
}

/** True for what even force does not get over. */
function isFinal(error: unknown): boolean {
  if (error instanceof Stop) return error.final;
  return !(error instanceof SqlFailed);
}

async function turn(turning: Turning, from: Side, paused: { yes: boolean }): Promise<void> {
  const { to, order } = turning;
  const past = pastOf(order.begun, to.color);
  let [following] = to.look.subscriptions;
  let [followed] = from.look.subscriptions;
  // A cut that was begun has ended the last wait: what is left of it is only taken down.
  if (past.drained && following?.enabled === false) {
    await cut(turning, { follower: to, source: from }, following);
    following = undefined;
  }
  if (past.drained && followed?.enabled === false) {
    await cut(turning, { follower: from, source: to }, followed);
    followed = undefined;
  }
  if (following && followed)
    throw new Stop(
      `the databases follow each other: drop one of the subscriptions ${following.name}, ${followed.name}`,
    );
  if (following) {
    if (!following.enabled || following.slot === null)
      throw new Stop(`the subscription ${following.name} of ${to.color} is disabled`);
    if (!to.look.role.readOnly)
      throw new Stop(
        `${turning.options.role} may write in the database of ${to.color}, which follows ${from.color}`,
      );
    if (order.signal.aborted && order.force !== true) throw new Stop(whyAborted(order.signal));
    if (!past.closed || !from.look.role.readOnly) {
      await pause(turning, from, paused);
      await close(turning, from);
    }
    await drain(turning, from, following.slot);
    if (!past.moved) {
      await turning.begin('sequences', to.color);
      await moveSequences({ to: to.session, from: from.session }, turning.options, turning.change);
    }
    await cut(turning, { follower: to, source: from }, following);
  } else {
    if (!followed && !past.drained && !past.wasLive) throw new Stop('neither database follows the other');
    if (!from.look.role.readOnly || past.closing) await close(turning, from);
  }
  if (!followed)
    await follow(turning, from, { same: following !== undefined || past.drained, back: past.wasLive });
  else if (!followed.enabled)
    turning.notes.push(`the subscription ${followed.name} of ${from.color} is disabled`);
  if (!to.look.role.readOnly && !past.opening) return;
  await turning.begin('open', to.color);
  await openFor(turning.options.role, to, turning.change);
}

/**
 * Has the other side follow. `same`: both have the same rows; otherwise it must be set up again. `back`: what took
 * writes before is opened even where that does not work.
 */
async function follow(
  { to, options, change, begin, notes }: Turning,
  from: Side,
  { same, back }: { same: boolean; back: boolean },
): Promise<void> {
  const again = 'set replication up again (docs/data.md)';
  if (!same) {
    notes.push(`the database of ${from.color} does not follow that of ${to.color}: ${again}`);
    return;
  }
  await begin('follow', from.color);
  try {
    await subscribe({ follower: from, source: to }, options, change);
  } catch (error) {
    if (!back || isFinal(error)) throw error;
    const { message } = error as Error;
    notes.push(`the database of ${from.color} does not follow that of ${to.color}: ${message}; ${again}`);
  }
}

async function close({ begin, change, options, order }: Turning, side: Side): Promise<void> {
  await begin('close', side.color);
  await closeFor(options.role, side, change, order.force === true ? never : order.signal);
}

async function cut(
  { begin, change }: Turning,
  sides: { follower: Side; source: Side },
  subscription: Subscription,
): Promise<void> {
  await begin('cut', sides.follower.color);
  await unsubscribe(sides, subscription, change);
}

/** Waits for the last rows. Nothing is begun yet that must be ended. */
async function drain({ to, options, order: { signal } }: Turning, from: Side, slot: string): Promise<void> {
  const within = Math.max(drainMs, options.maxLag);
  const done = await drained({ source: from.session, follower: to.session, slot }, within, signal);
  if ('why' in done)
    throw new Stop(`the database of ${to.color} did not get the last rows of ${from.color}: ${done.why}`);
  if (signal.aborted) throw new Stop(whyAborted(signal));
}

/** Lets clients of both PgBouncers wait, where there are some. */
async function pause(
  { options, order, begin, notes, to }: Turning,
  from: Side,
  paused: { yes: boolean },
): Promise<void> {
  const { pgbouncer } = options;
  if (pgbouncer === undefined) return;
  await begin('pause', from.color);
  paused.yes = true;
  for (const { color } of [from, to]) {
    if (!order.mayWrite()) throw new Stop(tooLate, true);
    try {
      await pauseClients(pgbouncer[color], databaseOf(options[color]), order.signal);
    } catch (error) {
      if (!(error instanceof SqlFailed)) throw error;
      const why = `the PgBouncer of ${color} does not pause: ${error.message}`;
      if (order.force !== true) throw new Stop(why);
      notes.push(why);
    }
  }
}

/** Lets all clients go on, and says what does not work. */
async function resume(
  { pgbouncer, ...dsn }: PostgresOptions,
  to: Color,
  order: TurnOrder,
): Promise<string[]> {
  if (pgbouncer === undefined || !(await order.before(`resume ${to}`))) return [];
  const each = [to, otherColor(to)].map(async (color) => {
    if (!order.mayWrite()) return [];
    return resumeClients(pgbouncer[color], databaseOf(dsn[color])).then(
      () => [],
      (error: unknown) => {
        if (!(error instanceof SqlFailed)) throw error;
        return [`the PgBouncer of ${color} does not resume: ${error.message}; type RESUME in its console`];
      },
    );
  });
  return (await Promise.all(each)).flat();
}
