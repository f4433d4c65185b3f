/** The alerts of a delivery, put into the members of a group: pure. */
import type { AlertGroup, Delivery, Incoming, Member, Rest } from './alert.ts';
import { bounded, endsWith, restOf } from './bound.ts';
import type { Ends, Members } from './bound.ts';
import { dated } from './dated.ts';
import { endBy, endedUnnamed, ending, firing, heardEnd, newestOf, rank } from './members.ts';
import type { Turn } from './members.ts';

/** What a delivery says of the whole group. */
export type Said = Pick<Delivery, 'truncated' | 'resolved' | 'unreadable'>;

/** The members after a delivery, and what happened to them. */
export interface Taken {
  members: Members;
  rest: Rest | null;
  ends: Ends;
  /** The worst first. */
  fired: Member[];
  ended: Member[];
  /** Of how many something else is shown. */
  changed: number;
  /** Something is to be remembered. */
  noted: boolean;
  /** One that fires has another beginning than before. */
  moved: boolean;
}

/** What happens to one group by one delivery, as it is gathered. */
interface Gathering extends Pick<Taken, 'members' | 'ends' | 'noted' | 'moved'> {
  before: AlertGroup;
  turns: Map<string, Turn['how']>;
  /** Of those that fire beyond what is kept: so many are not told of by this delivery. */
  restLeft: number;
}

/** Puts them in. */
export function taken(before: AlertGroup, given: readonly Incoming[], said: Said, now: number): Taken {
  const incoming = given.map((alert) => dated(alert, own(before.members, alert.fingerprint), now));
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
    moved: false,
  };
  for (const alert of newestOf(incoming)) take(all, alert, now);
  if (said.resolved === true) endAll(all, incoming, now);
  const opens = Object.keys(all.members).length > 0;
  const kept = bounded(fires || opens ? all.members : before.members, before.members);
  const left = known === null || all.restLeft <= 0 ? null : { ...known, count: all.restLeft };
  const told = (how: Turn['how']): Member[] =>
    [...all.turns].flatMap(([name, each]) => {
      // Who is not kept is counted, and is no news.
      const member = how === 'fired' ? own(kept.members, name) : own(all.members, name);
      return each === how && member !== undefined ? [member] : [];
    });
  const bySeverity = (one: Member, two: Member): number => rank(one.severity) - rank(two.severity);
  return {
    members: kept.members,
    rest: restOf(left, kept.over),
    ends: endsWith(all.ends, kept.gone, now),
    fired: told('fired').toSorted(bySeverity),
    ended: told('ended').toSorted(bySeverity),
    changed: [...all.turns].filter(([name, how]) => how === 'changed' && own(kept.members, name)).length,
    noted: all.noted,
    moved: all.moved,
  };
}

function take(all: Gathering, alert: Incoming, now: number): void {
  const name = alert.fingerprint;
  const known = own(all.members, name);
  if (known === undefined && alert.status === 'resolved') return unknownEnd(all, alert, now);
  const turn =
    alert.status === 'firing' || known === undefined
      ? firing(known, own(all.ends, name), alert, now)
      : ending(known, alert, now);
  if (turn === undefined) return;
  all.members[name] = turn.member;
  if (turn.how === 'noted') all.noted = true;
  if (known?.status === 'firing' && turn.member.since > known.since) all.moved = true;
  all.turns.set(name, isOfRest(all, known, turn) ? 'changed' : turn.how);
}

/**
 * It was counted already: as many as were are no news, unless one is worse than they are. Who is new beside them is counted
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

/**
 * The sender says that nothing fires any more: so has what it does not list, as far as it had begun by then. A delivery
 * that lists one that fires says otherwise.
 */
function endAll(all: Gathering, incoming: readonly Incoming[], now: number): void {
  if (all.before.status === 'resolved' || incoming.some(({ status }) => status === 'firing')) return;
  const till = Math.max(...incoming.map((alert) => endBy(alert, now).till));
  for (const [name, member] of Object.entries(all.members)) {
    if (member.status === 'resolved' || member.since > till) continue;
    all.members[name] = endedUnnamed(member, till);
    all.turns.set(name, 'ended');
  }
  if ((all.before.rest?.since ?? 0) <= till) all.restLeft = 0;
}

function own<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}
