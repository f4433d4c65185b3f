/** The alerts of a delivery, put into the members of a group: pure. */
import type { AlertGroup, Delivery, End, Incoming, Member, Rest } from './alert.ts';
import { bounded, endsWith, restOf } from './member-limits.ts';
import type { Ends, Members } from './member-limits.ts';
import { withDates } from './with-dates.ts';
import { heardAtOf, lostAfterMs } from './last-heard.ts';
import { endBy, ending, endOf, firing, heardEnd, newestOf, rank } from './members.ts';
import type { Lost, Turn } from './members.ts';

/** What a delivery says of the whole group. */
export type Said = Pick<Delivery, 'truncated' | 'unreadable' | 'whole'>;

/** The members after a delivery, and what happened to them. */
export interface Taken {
  members: Members;
  rest: Rest | null;
  ends: Ends;
  /** The worst first; with those of `again`. */
  fired: Member[];
  /** Those that fire again, and whose end was not heard. */
  again: Member[];
  /** Nothing else fires that was heard of lately. */
  reopened: boolean;
  ended: Member[];
  /** Of how many something else is shown. */
  changed: number;
  /** Something is to be remembered. */
  noted: boolean;
  /** One that fires was heard of, and had not been for a while. */
  heard: boolean;
}

/** What happens to one group by one delivery, as it is gathered. */
interface Gathering extends Pick<Taken, 'members' | 'ends' | 'noted'> {
  before: AlertGroup;
  turns: Map<string, Turn['how']>;
  /** Of those that fire beyond what is kept: so many are not told of by this delivery. */
  restLeft: number;
}

/** Puts them in. */
export function applyDelivery(before: AlertGroup, given: readonly Incoming[], now: number): Taken {
  const incoming = given.map((alert) => withDates(alert, own(before.members, alert.fingerprint), now));
  const fires = before.status === 'firing';
  const known = fires ? (before.rest ?? null) : null;
  // What begins now is a new firing: of what ended in an earlier one, only its end counts.
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
  const told = (...how: Turn['how'][]): Member[] =>
    [...all.turns].flatMap(([name, each]) => {
      // Who is not kept is counted, and is no news.
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

function take(all: Gathering, alert: Incoming, now: number): void {
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

/** The end that was heard of one that is no member. */
function endBefore({ ends, before }: Gathering, name: string): End | undefined {
  const past = own(before.members, name);
  return own(ends, name) ?? (past?.status === 'resolved' ? endOf(past) : undefined);
}

function lostBy(before: AlertGroup): Lost {
  return { afterMs: lostAfterMs(before), heardAt: before.heardAt ?? before.since };
}

/** True while another alert of the group fires that began earlier, and of which something was heard lately. */
function goesOn({ before, members, turns }: Gathering, now: number): boolean {
  return Object.entries(members).some(([name, member]) => {
    const how = turns.get(name);
    if (member.status === 'resolved' || how === 'fired' || how === 'again') return false;
    return now - heardAtOf(member, before) <= lostAfterMs(before);
  });
}

/**
 * It was counted already: as many as were are no news, unless one is worse than they are. Who is new next to them is counted
 * short by this, until a delivery tells of all: the other way round nothing would ever end them.
 */
function isOfRest(all: Gathering, known: Member | undefined, { member }: Turn): boolean {
  const { rest } = all.before;
  if (known !== undefined || rest == null || all.restLeft <= 0) return false;
  all.restLeft -= 1;
  return rank(member.severity) >= rank(rest.severity);
}

/** What never fired here has nothing to end, but what it overtook may still come, and is over. */
function unknownEnd(all: Gathering, alert: Incoming, now: number): void {
  if (alert.elsewhere === true) return;
  const end = endBy(alert, now);
  const heard = own(all.ends, alert.fingerprint);
  const next = heardEnd(heard, end, now);
  if (next === undefined) return;
  all.ends[alert.fingerprint] = next;
  all.noted = true;
  // One of those that are only counted.
  if (all.restLeft > 0 && heard === undefined) all.restLeft -= 1;
}

function own<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}
