/**
 * Turns two databases round. It looks at them, and does only what is missing, so that any process can go on after a
 * kill anywhere, or take it back.
 */
import { whyAborted } from '../net/explain.ts';
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import type { TurnOrder, TurnResult } from '../release/data.ts';
import { SqlFailed } from './postgres-client.ts';
import { drained } from './postgres-drain.ts';
import type { Subscription } from './postgres-look.ts';
import type { PostgresOptions } from './postgres-options.ts';
import { closeFor, openFor } from './postgres-role.ts';
import type { Change } from './postgres-role.ts';
import { moveSequences } from './postgres-sequences.ts';
import { openSides, Stop, tooLate } from './postgres-sides.ts';
import type { Side, Sides } from './postgres-sides.ts';
import { subscribe, unsubscribe } from './postgres-subscriptions.ts';

/** How long the last rows may take, at least, ms. */
const drainMs = 1_000;

/** The steps, in their order. `abandon` instead of `cut`: by force, without the last rows. */
type Step = 'close' | 'sequences' | 'cut' | 'abandon' | 'follow' | 'open';

/** One turn under way. */
interface Turning extends Sides {
  options: PostgresOptions;
  order: TurnOrder;
  begin: (step: Step, color: Color) => Promise<void>;
  change: Change;
  notes: string[];
}

/** Turns the databases so that those of `to` take writes. Never throws for what fails there. */
export async function turnPostgres(
  options: PostgresOptions,
  to: Color,
  order: TurnOrder,
): Promise<TurnResult> {
  let sides: Sides | undefined;
  const notes: string[] = [];
  try {
    sides = await openSides(options, to, order);
    const turning: Turning = {
      ...sides,
      options,
      order,
      notes,
      async begin(step, color) {
        if (!(await order.before(`${step} ${color}`))) throw new Stop('another process goes on');
      },
      async change(session, sql, values) {
        if (!order.mayWrite()) throw new Stop(tooLate);
        await session.query(sql, values);
      },
    };
    await turn(turning);
    return { turned: true, notes };
  } catch (error) {
    if (error instanceof Stop) return { turned: false, why: error.message };
    if (error instanceof SqlFailed)
      return { turned: false, why: `a database did not do it: ${error.message}` };
    throw error;
  } finally {
    sides?.to.session.end();
    sides?.from?.session.end();
  }
}

async function turn(turning: Turning): Promise<void> {
  const { to, from } = turning;
  if (from === undefined) return turnAlone(turning);
  const past = pastOf(turning.order.begun, to.color);
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
    if (!past.closed || !from.look.role.readOnly) await close(turning, from);
    await drain(turning, from, following.slot);
    await turning.begin('sequences', to.color);
    await moveSequences(
      { to: to.session, from: from.session },
      { publication: turning.options.publication, sequences: turning.options.sequences },
      turning.change,
    );
    await cut(turning, { follower: to, source: from }, following);
  } else {
    if (!followed && !past.drained) throw new Stop(`neither database follows the other`);
    if (!from.look.role.readOnly) await close(turning, from);
  }
  if (!followed) {
    await turning.begin('follow', from.color);
    await subscribe({ follower: from, source: to }, turning.options, turning.change);
  }
  await open(turning, past.opening);
}

async function turnAlone(turning: Turning): Promise<void> {
  throw new Stop(turning.why ?? '');
}

async function close({ begin, change, options, order }: Turning, side: Side): Promise<void> {
  await begin('close', side.color);
  await closeFor(options.role, side, change, order.signal);
}

async function open({ begin, change, options, to }: Turning, again: boolean): Promise<void> {
  if (!to.look.role.readOnly && !again) return;
  await begin('open', to.color);
  await openFor(options.role, to, change);
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

/** What the steps that were begun say, which the databases do not. */
interface Past {
  /** Both sides had the same rows when the subscription was cut, and nobody could write since. */
  drained: boolean;
  /** The other side was closed to its end, and never opened since. */
  closed: boolean;
  /** `to` was being opened: its sessions may not all have ended. */
  opening: boolean;
}

function pastOf(begun: TurnOrder['begun'], to: Color): Past {
  const from = otherColor(to);
  const steps = begun.map(({ to: by, step }) => ({ by, step: step.split(' ', 1)[0] as Step }));
  const last = (of: (one: (typeof steps)[number]) => boolean): number => steps.findLastIndex(of);
  const cutAt = last(({ step }) => step === 'cut');
  const after = last(({ by, step }) => by === to && step !== 'close');
  return {
    drained: cutAt > last(({ step }) => step === 'open' || step === 'abandon'),
    closed: after > last(({ by, step }) => by === from && step === 'open'),
    opening: steps.at(-1)?.by === to && steps.at(-1)?.step === 'open',
  };
}
