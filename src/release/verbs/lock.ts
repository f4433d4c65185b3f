import type { Command } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, draw, log, tell, userOf, who } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { lockedBy, needs, refuse, same } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import type { Instant } from '../instant.ts';
import { line } from '../line.ts';
import { asPressed, freshPress } from '../press.ts';
import { firstRefusal } from '../refusals.ts';
import type { Refusal } from '../refusals.ts';
import { lockAt } from '../release.ts';

const hour = 3_600_000;
/** SPEC 7: default and longest life of a lock, ms. */
export const lockMs = 8 * hour;
export const longestLockMs = 7 * 24 * hour;

/** The holder is reminded when a quarter of the time is left, at most half an hour before the end. */
function remindIn(forMs: number): Instant {
  return fromNow(forMs - Math.min(forMs / 4, hour / 2));
}

function mayTouch(facts: Facts, command: Command, code: 'locked' | 'not-allowed'): Refusal | undefined {
  const lock = lockAt(facts.record, facts.now);
  if (!lock || lock.holder.kind === 'system' || same(lock.holder, command.actor) || facts.roles.has('admin'))
    return undefined;
  return refuse(code, lockedBy(facts, lock), line`Ask ${who(lock.holder)} or an admin to unlock it.`);
}

/** What Switchback locked is unlocked by somebody who understood its cause, not replaced by a lock that ends by itself. */
function ownedBySystem(facts: Facts): Refusal | undefined {
  const lock = lockAt(facts.record, facts.now);
  if (lock?.holder.kind !== 'system' || facts.roles.has('admin')) return undefined;
  const { service } = facts.record;
  return refuse(
    'locked',
    lockedBy(facts, lock),
    line`Unlock it first, when its cause is understood (unlock ${service}); then lock it.`,
  );
}

function heldBySomebody(facts: Facts): Refusal | undefined {
  if (lockAt(facts.record, facts.now)) return undefined;
  return refuse(
    'nothing-to-do',
    line`${facts.record.service} is not locked.`,
    line`Nothing holds its releases; lock ${facts.record.service} <reason> would.`,
  );
}

function tellHolder(facts: Facts, command: Command, draft: Draft, what: string): void {
  const lock = lockAt(facts.record, facts.now);
  if (!lock || userOf(lock.holder) === undefined || same(lock.holder, command.actor)) return;
  tell(
    draft,
    'event',
    line`${who(lock.holder)}: ${who(command.actor)} ${what} your lock of ${facts.record.service} (${lock.reason}).`,
    { to: userOf(lock.holder) },
  );
}

/** `lock <service> [--for 2h] <reason>`: blocks stage and promote for everybody, never revert. */
export function lock(facts: Facts, command: Command & { verb: 'lock' }): Decision {
  const forMs = command.forMs ?? lockMs;
  const bad =
    forMs > longestLockMs || forMs < 1000 || command.reason.trim() === ''
      ? refuse(
          'bad-arguments',
          line`A lock needs a reason and lasts from 1s to 7d.`,
          line`lock ${facts.record.service} --for 2h <reason>`,
        )
      : undefined;
  const refusal = firstRefusal(
    [bad, needs(facts, command, 'operator'), ownedBySystem(facts), mayTouch(facts, command, 'locked')].filter(
      (each) => each !== undefined,
    ),
  );
  if (refusal) return { kind: 'refused', refusal };
  const draft = draftOf(facts.record);
  const { record } = draft;
  const before = lockAt(facts.record, facts.now);
  tellHolder(facts, command, draft, 'took over');
  const until = fromNow(forMs);
  record.lock = {
    holder: command.actor,
    reason: command.reason,
    since: fromNow(),
    until,
    remindAt: remindIn(forMs),
  };
  if (record.state === 'promoting' && record.op && record.op.intentAt === undefined) {
    record.op.ending ??= { code: 'locked', cause: `locked: ${command.reason}`, actor: command.actor };
  }
  draw(draft);
  log(draft, command.actor, 'lock', line`${record.service}: ${command.reason}`);
  tell(
    draft,
    'event',
    line`${who(command.actor)} locked ${record.service} until ${{ at: until }}: ${command.reason}`,
  );
  const verb = before && same(before.holder, command.actor) ? 'stays locked' : 'is locked';
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`lock: ${record.service} ${verb} until ${{ at: until }}.`,
  };
}

/** The `lock.extend` button: the holder's lock lasts another eight hours, at most seven days in all. */
export function extend(facts: Facts, command: Command & { verb: 'extend' }): Decision {
  const refusal = firstRefusal(
    [
      needs(facts, command, 'operator'),
      freshPress(facts, command),
      heldBySomebody(facts),
      mayTouch(facts, command, 'not-allowed'),
    ].filter((each) => each !== undefined),
  );
  if (refusal) return { kind: 'refused', refusal: asPressed(facts, command, refusal) };
  const draft = draftOf(facts.record);
  const held = draft.record.lock;
  if (!held || held.until === null)
    return { kind: 'joined', text: line`extend: the lock of ${facts.record.service} has no end.` };
  const leftMs = Math.min(lockMs, held.since + longestLockMs - facts.now);
  if (leftMs <= held.until - facts.now) {
    return {
      kind: 'refused',
      refusal: refuse(
        'nothing-to-do',
        line`A lock lasts at most seven days, and this one ends ${{ at: held.until }}.`,
        line`Lock again with a reason.`,
      ),
    };
  }
  held.until = fromNow(leftMs);
  held.remindAt = remindIn(leftMs);
  draw(draft);
  log(draft, command.actor, 'extend', line`the lock of ${facts.record.service}`);
  tell(
    draft,
    'event',
    line`${who(command.actor)} extended the lock of ${facts.record.service} until ${{ at: held.until }}.`,
  );
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`extend: ${facts.record.service} is locked until ${{ at: held.until }}.`,
  };
}

/** `unlock <service>`: the holder, or an admin (the holder is told); anybody may who may lock, when Switchback locked it. */
export function unlock(facts: Facts, command: Command & { verb: 'unlock' }): Decision {
  const refusal = firstRefusal(
    [
      needs(facts, command, 'operator'),
      heldBySomebody(facts),
      mayTouch(facts, command, 'not-allowed'),
    ].filter((each) => each !== undefined),
  );
  if (refusal) return { kind: 'refused', refusal };
  const draft = draftOf(facts.record);
  tellHolder(facts, command, draft, 'ended');
  draft.record.lock = null;
  draw(draft);
  log(draft, command.actor, 'unlock', line`${facts.record.service}`);
  tell(draft, 'event', line`${who(command.actor)} unlocked ${facts.record.service}.`);
  return { kind: 'change', draft, drives: false, text: line`unlock: ${facts.record.service} is free.` };
}
