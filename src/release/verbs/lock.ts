import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, userOf, mention } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { lockedBy, refuse, samePerson } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import type { Instant } from '../instant.ts';
import { asSentence, line, typed } from '../line.ts';
import type { Refusal } from '../refusals.ts';
import { lockAt } from '../release.ts';
import type { Lock } from '../release.ts';
import { outcomeOf } from '../state-gate.ts';
import type { Definition } from './verb.ts';

const hour = 3_600_000;
/** How long a lock lasts by default, ms. */
export const lockMs = 8 * hour;
/** How long a lock may last, ms. */
export const longestLockMs = 7 * 24 * hour;

/** Blocks stage and promote for everybody, never revert. */
export interface LockCommand extends BaseCommand<'lock'> {
  reason: string;
  /** For how long, ms. */
  forMs?: number;
  /** Also replace a lock that this command-line user holds for another reason. */
  replace?: true;
}

/** `lock <service> [--for 2h] <reason>`. */
export const lock: Definition<LockCommand, 'reason'> = {
  name: 'lock',
  usage: 'lock <service> [--for 2h] <reason>',
  summary: 'Stop stage and promote of a service for a while.',
  examples: ['lock checkout --for 2h database migration'],
  roles: ['operator'],
  // The holder of a lock decides, and an admin may change every lock.
  alsoAsks: ['admin'],
  argument: { field: 'reason', kind: 'reason', required: true },
  options: {
    forMs: {
      name: 'for',
      kind: 'duration',
      mostMs: longestLockMs,
      says: 'how long, 7d at most (default: 8h)',
    },
    replace: { kind: 'flag', says: 'replace a lock that you hold for another reason', only: 'terminal' },
  },
  acts: () => true,
  gates,
  change,
};

/** The holder is reminded when a quarter of the time is left, at most half an hour before the end. */
export function remindIn(forMs: number): Instant {
  return fromNow(forMs - Math.min(forMs / 4, hour / 2));
}

/** Refuses people who are neither the holder of the lock nor admin; all may touch a lock by Switchback. */
export function mayTouch(
  facts: Facts,
  command: BaseCommand,
  code: 'locked' | 'not-allowed',
): Refusal | undefined {
  const lock = lockAt(facts.record, facts.now);
  if (
    !lock ||
    lock.holder.kind === 'system' ||
    samePerson(lock.holder, command.actor) ||
    facts.roles.has('admin')
  )
    return undefined;
  return refuse(code, lockedBy(facts, lock), line`Ask ${mention(lock.holder)} or an admin to unlock it.`);
}

/** Refuses to replace a lock by Switchback with one that ends by itself: a person must understand its cause. */
function ownedBySystem(facts: Facts, { forMs }: { forMs?: number }): Refusal | undefined {
  const lock = lockAt(facts.record, facts.now);
  if (lock?.holder.kind !== 'system' || facts.roles.has('admin') || forMs === undefined) return undefined;
  const { service } = facts.record;
  return refuse(
    'locked',
    lockedBy(facts, lock),
    line`It has no end. Unlock it first, when its cause is understood (${typed(`unlock ${service}`)}); then lock it. Without --for only the reason changes.`,
  );
}

/** Refuses a second run of a pipeline the lock of the first: both have one name. */
function heldByAnotherRun(facts: Facts, command: LockCommand): Refusal | undefined {
  const lock = lockAt(facts.record, facts.now);
  if (!lock || command.actor.kind !== 'cli' || command.replace === true) return undefined;
  if (!samePerson(lock.holder, command.actor) || lock.reason === command.reason) return undefined;
  return refuse(
    'locked',
    lockedBy(facts, lock),
    line`You hold this lock yourself, for another reason. Wait until it is unlocked, or replace it: ${typed(`lock ${facts.record.service} --replace <reason>`)}.`,
  );
}

/** An operator gives a reason to keep a lock by Switchback: it has no end, and any operator may unlock it. */
function otherReason(facts: Facts, command: LockCommand, lock: Lock): Decision {
  const draft = draftOf(facts.record);
  const { service } = facts.record;
  draft.record.lock = { ...lock, reason: command.reason };
  markCard(draft);
  addHistory(draft, command.actor, 'lock', line`${service}: ${command.reason} (before: ${lock.reason})`);
  notify(
    draft,
    'event',
    line`${mention(command.actor)} says why ${service} stays locked: ${command.reason} (before: ${lock.reason}).`,
  );
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`lock: ${service} stays locked until somebody unlocks it. The reason is now: ${asSentence(command.reason)} Before it was: ${asSentence(lock.reason)}`,
  };
}

/** Notifies the holder that another person ended the lock or took it over. */
export function tellHolder(facts: Facts, command: BaseCommand, draft: Draft, what: string): void {
  const lock = lockAt(facts.record, facts.now);
  if (!lock || userOf(lock.holder) === undefined || samePerson(lock.holder, command.actor)) return;
  notify(
    draft,
    'event',
    line`${mention(lock.holder)}: ${mention(command.actor)} ${what} your lock of ${facts.record.service} (${lock.reason}).`,
    { to: userOf(lock.holder) },
  );
}

/** Refuses a lock without a reason, or for too long or too short a time. */
function wellFormed({ record }: Facts, { reason, forMs = lockMs }: LockCommand): Refusal | undefined {
  if (reason.trim() !== '' && forMs >= 1000 && forMs <= longestLockMs) return undefined;
  return refuse(
    'bad-arguments',
    line`A lock needs a reason and lasts from 1s to 7d.`,
    line`${typed(`lock ${record.service} --for 2h <reason>`)}`,
  );
}

function gates(facts: Facts, command: LockCommand): (Refusal | undefined)[] {
  return [
    wellFormed(facts, command),
    ownedBySystem(facts, command),
    mayTouch(facts, command, 'locked'),
    heldByAnotherRun(facts, command),
  ];
}

/** Decides `lock <service> [--for 2h] <reason>`: blocks stage and promote for everybody, never revert. */
function change(facts: Facts, command: LockCommand): Decision {
  const forMs = command.forMs ?? lockMs;
  const before = lockAt(facts.record, facts.now);
  if (before?.holder.kind === 'system' && !facts.roles.has('admin'))
    return otherReason(facts, command, before);
  const draft = draftOf(facts.record);
  const { record } = draft;
  tellHolder(facts, command, draft, 'took over');
  const until = fromNow(forMs);
  record.lock = {
    holder: command.actor,
    reason: command.reason,
    since: fromNow(),
    until,
    remindAt: remindIn(forMs),
  };
  if (record.op && outcomeOf(facts, command) === '→ staged') {
    record.op.ending ??= { code: 'locked', cause: `locked: ${command.reason}`, actor: command.actor };
  }
  markCard(draft);
  const replaced =
    before && line` It replaces the lock of ${mention(before.holder)}: ${asSentence(before.reason)}`;
  const instead = before ? line` (in place of the lock of ${mention(before.holder)}: ${before.reason})` : [];
  addHistory(draft, command.actor, 'lock', line`${record.service}: ${command.reason}${instead}`);
  notify(
    draft,
    'event',
    line`${mention(command.actor)} locked ${record.service} until ${{ at: until }}: ${command.reason}${instead}`,
  );
  const own = before !== undefined && samePerson(before.holder, command.actor);
  const verb = own ? 'stays locked' : 'is locked';
  const held =
    own && before.until !== null
      ? line` This replaces your lock until ${{ at: before.until }}: ${asSentence(before.reason)}`
      : (replaced ?? []);
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`lock: ${record.service} ${verb} until ${{ at: until }}.${held}`,
  };
}
