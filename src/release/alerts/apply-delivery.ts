/** Applies the alerts of a delivery to the members of a group. Pure. */
import type { AlertGroup, Delivery, End, IncomingAlert, Member, Rest } from './alert.ts';
import { bounded, endsWith, restOf } from './member-limits.ts';
import type { Ends, Members } from './member-limits.ts';
import { withDates } from './with-dates.ts';
import { heardAtOf, lostAfterMs } from './last-heard.ts';
import { endBy, ending, endOf, firing, heardEnd, newestOf, rank } from './members.ts';
import type { Lost, MemberChange } from './members.ts';

/** What a delivery says about the group as a whole. */
export type DeliveryFlags = Pick<Delivery, 'truncated' | 'unreadable' | 'whole'>;

/** The members after a delivery, and what happened to them. */
export interface AppliedDelivery {
  members: Members;
  rest: Rest | null;
  ends: Ends;
  /** The alerts that began to fire, worst first, including those of `again`. */
  fired: Member[];
  /** The alerts that fire again although their end was not received. */
  again: Member[];
  /** True: no other firing alert was reported lately. */
  reopened: boolean;
  ended: Member[];
  /** How many alerts are shown in another way. */
  changed: number;
  /** True: something must be remembered. */
  noted: boolean;
  /** True: a firing alert was reported again after a while. */
  heard: boolean;
}

/** The effects of one delivery on one group, while they are collected. */
interface Gathering extends Pick<AppliedDelivery, 'members' | 'ends' | 'noted'> {
  before: AlertGroup;
  turns: Map<string, MemberChange['how']>;
  /** How many of the firing alerts beyond the limit this delivery has not mentioned so far. */
  restLeft: number;
}

/** Applies the alerts to the group. */
export function applyDelivery(
  before: AlertGroup,
  given: readonly IncomingAlert[],
  now: number,
): AppliedDelivery {
  const incoming = given.map((alert) => withDates(alert, own(before.members, alert.fingerprint), now));
  const fires = before.status === 'firing';
  const known = fires ? (before.rest ?? null) : null;
  // What begins now is a new firing: of the alerts of an earlier firing, only their ends count.
  const past = fires ? [] : Object.entries(before.members);
  const all: Gathering = {
    before,
    members: fires ? { ...before.members } : {},
    ends: endsWith(before.ends ?? {}, past, now),
    turns: new Map(),
    restLeft: known?.count ?? 0,
    noted: false,
  };
  for (const alert of newestOf(incoming)) take(all, alert, now);
  const opens = Object.keys(all.members).length > 0;
  const kept = bounded(fires || opens ? all.members : before.members, before.members);
  const left = known === null || all.restLeft <= 0 ? null : { ...known, count: all.restLeft };
  const told = (...how: MemberChange['how'][]): Member[] =>
    [...all.turns].flatMap(([name, each]) => {
      // Alerts beyond the limit are only counted, not announced.
      const member = each === 'ended' ? own(all.members, name) : own(kept.members, name);
      return how.includes(each) && member !== undefined ? [member] : [];
    });
  const bySeverity = (one: Member, two: Member): number => rank(one.severity) - rank(two.severity);
  return {
    members: kept.members,
    rest: restOf(left, kept.over),
    ends: endsWith(all.ends, kept.gone, now),
    fired: told('fired', 'again').toSorted(bySeverity),
    again: told('again').toSorted(bySeverity),
    reopened: told('again').length > 0 && !goesOn(all, now),
    ended: told('ended').toSorted(bySeverity),
    changed: [...all.turns].filter(([name, how]) => how === 'changed' && own(kept.members, name)).length,
    noted: all.noted,
    heard: told('heard', 'noted').some(({ status }) => status === 'firing'),
  };
}

function take(all: Gathering, alert: IncomingAlert, now: number): void {
  const name = alert.fingerprint;
  const known = own(all.members, name);
  if (known === undefined && alert.status === 'resolved') return unknownEnd(all, alert, now);
  const turn =
    alert.status === 'firing' || known === undefined
      ? firing(known, endBefore(all, name), alert, now, lostBy(all.before))
      : ending(known, alert, now);
  if (turn === undefined) return;
  all.members[name] = turn.member;
  if (turn.how === 'noted') all.noted = true;
  all.turns.set(name, isOfRest(all, known, turn) ? 'changed' : turn.how);
}

/** Returns the received end of an alert that is no member. */
function endBefore({ ends, before }: Gathering, name: string): End | undefined {
  const past = own(before.members, name);
  return own(ends, name) ?? (past?.status === 'resolved' ? endOf(past) : undefined);
}

function lostBy(before: AlertGroup): Lost {
  return { afterMs: lostAfterMs(before), heardAt: before.heardAt ?? before.since };
}

/** Returns true while another alert of the group fires that began earlier and was reported lately. */
function goesOn({ before, members, turns }: Gathering, now: number): boolean {
  return Object.entries(members).some(([name, member]) => {
    const how = turns.get(name);
    if (member.status === 'resolved' || how === 'fired' || how === 'again') return false;
    return now - heardAtOf(member, before) <= lostAfterMs(before);
  });
}

/**
 * Returns true for an alert that was already counted: such alerts are no news, unless one is worse than those were.
 * The count misses new alerts among them until a delivery lists all of them; otherwise nothing would ever lower it.
 */
function isOfRest(all: Gathering, known: Member | undefined, { member }: MemberChange): boolean {
  const { rest } = all.before;
  if (known !== undefined || rest == null || all.restLeft <= 0) return false;
  all.restLeft -= 1;
  return rank(member.severity) >= rank(rest.severity);
}

/** An unknown alert has nothing to end here, but a firing that its end overtook may still arrive, and is over. */
function unknownEnd(all: Gathering, alert: IncomingAlert, now: number): void {
  if (alert.elsewhere === true) return;
  const end = endBy(alert, now);
  const heard = own(all.ends, alert.fingerprint);
  const next = heardEnd(heard, end, now);
  if (next === undefined) return;
  all.ends[alert.fingerprint] = next;
  all.noted = true;
  // It is one of those that are only counted.
  if (all.restLeft > 0 && heard === undefined) all.restLeft -= 1;
}

function own<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}
