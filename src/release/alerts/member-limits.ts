/** Decides how many alerts of a group are kept by name, and which. Pure. */
import type { AlertGroup, End, Member, Rest, Severity } from './alert.ts';
import { endOf, isFresh, overBy, rank } from './members.ts';

/** How many members of a group are kept by name; of other firing alerts, only the number and the worst severity. */
export const mostMembers = 500;
/** How many ends of alerts that are no members are kept. */
const mostEnds = 1_000;

/** The alerts of a group, by fingerprint. */
export type Members = AlertGroup['members'];
/** Ends, by fingerprint. */
export type Ends = Record<string, End>;

/** The result of applying the limit. */
interface Bounded {
  members: Members;
  /** The resolved alerts that are not kept. */
  gone: [string, Member][];
  /** The firing alerts that are not kept. */
  over: Rest | null;
}

/**
 * Applies the limit: alerts that have ended go first, the earliest end first, then the least severe. Among equals
 * those that were kept before (`had`) stay, so that the same delivery has the same result.
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

/** Returns the ends that are still useful, with those of removed members: the last end of each alert. */
export function endsWith(ends: Ends, gone: readonly [string, Member][], now: number): Ends {
  const fresh = new Map(Object.entries(ends).filter(([, end]) => isFresh(end, now)));
  for (const [name, member] of gone) {
    const end = endOf(member);
    const known = fresh.get(name);
    if (isFresh(end, now) && (known === undefined || overBy(known) < overBy(end))) fresh.set(name, end);
  }
  return Object.fromEntries([...fresh].slice(-mostEnds));
}

/** Returns both together; null: none. */
export function restOf(one: Rest | null, two: Rest | null): Rest | null {
  if (one === null || one.count <= 0) return two;
  if (two === null) return one;
  return {
    count: one.count + two.count,
    severity: worst([one.severity, two.severity]),
    since: Math.max(one.since, two.since),
  };
}

/** Returns the worst severity. */
export function worst(all: readonly Severity[]): Severity {
  return all.reduce<Severity>((one, two) => (rank(two) < rank(one) ? two : one), 'unknown');
}
