/** How many alerts of a group are kept by name, and which: pure. */
import type { AlertGroup, End, Member, Rest, Severity } from './alert.ts';
import { endOf, isFresh, overBy, rank } from './members.ts';

/** Members of a group that are kept by name; of more that fire, only the number and the worst. */
export const mostMembers = 500;
/** Ends of alerts that are no members. */
const mostEnds = 1_000;

export type Members = AlertGroup['members'];
export type Ends = Record<string, End>;

/** What is kept of too many. */
interface Bounded {
  members: Members;
  /** Those that end and are not kept. */
  gone: [string, Member][];
  /** Those that fire and are not kept. */
  over: Rest | null;
}

/**
 * At most so many: without those that have ended, the first to end first, then without the least severe. Of equal ones
 * those that were kept before (`had`) stay, so that the same delivery leaves the same behind.
 */
export function bounded(members: Members, had: Members): Bounded {
  const entries = Object.entries(members);
  if (entries.length <= mostMembers) return { members, gone: [], over: null };
  const order = entries.toSorted(
    ([one, a], [two, b]) =>
      Number(a.status === 'resolved') - Number(b.status === 'resolved') ||
      (a.status === 'resolved' ? (b.endedAt ?? 0) - (a.endedAt ?? 0) : rank(a.severity) - rank(b.severity)) ||
      Number(Object.hasOwn(had, two)) - Number(Object.hasOwn(had, one)) ||
      b.since - a.since,
  );
  const cut = order.slice(mostMembers);
  const over = cut.flatMap(([, { status, severity, since }]) =>
    status === 'firing' ? [{ count: 1, severity, since }] : [],
  );
  return {
    members: Object.fromEntries(order.slice(0, mostMembers)),
    gone: cut.filter(([, { status }]) => status === 'resolved'),
    over: over.reduce<Rest | null>(restOf, null),
  };
}

/** Ends that are still of use, with those of members that are kept no more: of each alert the last. */
export function endsWith(ends: Ends, gone: readonly [string, Member][], now: number): Ends {
  const fresh = new Map(Object.entries(ends).filter(([, end]) => isFresh(end, now)));
  for (const [name, member] of gone) {
    const end = endOf(member);
    const known = fresh.get(name);
    if (isFresh(end, now) && (known === undefined || overBy(known) < overBy(end))) fresh.set(name, end);
  }
  return Object.fromEntries([...fresh].slice(-mostEnds));
}

/** Both together; null: none. */
export function restOf(one: Rest | null, two: Rest | null): Rest | null {
  if (one === null || one.count <= 0) return two;
  if (two === null) return one;
  return {
    count: one.count + two.count,
    severity: worst([one.severity, two.severity]),
    since: Math.max(one.since, two.since),
  };
}

export function worst(all: readonly Severity[]): Severity {
  return all.reduce<Severity>((one, two) => (rank(two) < rank(one) ? two : one), 'unknown');
}
