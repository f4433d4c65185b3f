/** What a delivery does to a group of alerts: pure. */
import { colorSchema } from '../color.ts';
import { severities } from './alert.ts';
import type { AlertGroup, Incoming, Member, Severity } from './alert.ts';
import type { Beside } from './beside.ts';
import { broadcastDueAt, isCritical, withBroadcast } from './broadcast.ts';
import { seenBeside } from './follows.ts';

/** Members of a group that are kept by name; of more, only the number. */
export const mostMembers = 500;
const mostTitles = 5;
/** A delivery that another overtook comes within this time, ms. */
const overtakenMs = 30_000;

/** What happened to a group. Members are those to which it happened. */
export interface Merged {
  group: AlertGroup;
  /** It fires, and did not: for the first time, or again. */
  opened: boolean;
  resolved: boolean;
  /** Fire now and did not before. */
  fired: Member[];
  ended: Member[];
  /** The worst severity is worse than any before, while it fires. */
  worse: boolean;
  /** The channel is told of it. */
  critical: boolean;
}

/** Lower is worse. */
export function rank(severity: Severity): number {
  return severities.indexOf(severity);
}

/**
 * Puts alerts of one group into what is known of it. Undefined: they change nothing (a repeat, or an older delivery).
 * `heard`: what is told of it may reach people; not while it stands in a digest.
 */
export function merge(
  before: AlertGroup,
  incoming: readonly Incoming[],
  beside: Beside,
  heard = true,
): Merged | undefined {
  const members: Record<string, Member> = { ...before.members };
  const fired: Member[] = [];
  const ended: Member[] = [];
  for (const alert of incoming) {
    const known = Object.hasOwn(members, alert.fingerprint) ? members[alert.fingerprint] : undefined;
    const next = turned(known, alert, beside.now);
    if (next === undefined) continue;
    members[alert.fingerprint] = next;
    (next.status === 'firing' ? fired : ended).push(next);
  }
  if (fired.length + ended.length === 0) return undefined;
  const { kept, left } = bounded(members);
  const all = Object.values(kept);
  const firing = all.filter(({ status }) => status === 'firing');
  const status = firing.length > 0 ? ('firing' as const) : ('resolved' as const);
  const opened = status === 'firing' && before.status === 'resolved';
  const shown = firing.length > 0 ? firing : all;
  const severity = worst(shown.map((member) => member.severity));
  const started = opened ? fresh(before, beside) : before;
  const since = Math.min(...(opened ? [] : [before.since]), ...firing.map((member) => member.since));
  const group: AlertGroup = {
    ...started,
    status,
    severity,
    titles: titlesOf(shown),
    summary: newest(shown)?.summary ?? before.summary,
    members: kept,
    truncated: left,
    since,
    resolvedAt: status === 'resolved' ? Math.max(...all.map(({ endedAt }) => endedAt ?? 0)) : null,
    heardAt: beside.now,
    // What begins is heard of again; what ends may end after its service was taken out of the configuration.
    dropped: fired.length > 0 ? null : (started.dropped ?? null),
    ...seenBeside(started, firing.length > 0 ? firing : ended, beside),
  };
  const toldAt = heard ? broadcastDueAt(group, beside, fired.some(isCritical)) : undefined;
  const critical = toldAt !== undefined && toldAt <= beside.now;
  const worse = status === 'firing' && !opened && rank(severity) < rank(before.severity);
  return {
    group: critical ? withBroadcast(group, beside) : group,
    opened,
    resolved: status === 'resolved' && before.status === 'firing',
    fired,
    ended,
    worse,
    critical,
  };
}

/** What an alert becomes by a delivery; undefined: nothing new. A delivery that was overtaken turns nothing back. */
function turned(known: Member | undefined, alert: Incoming, now: number): Member | undefined {
  if (alert.status === 'firing') {
    const next = memberOf(alert);
    if (known === undefined) return next;
    if (known.status === 'firing')
      return rank(next.severity) < rank(known.severity) ? { ...next, since: known.since } : undefined;
    if (alert.since > Math.max(known.since, known.endedAt ?? 0)) return next;
    // Prometheus comes back from a gap with the beginning that it knew. Who is that late was not overtaken.
    return now > (known.endedAt ?? 0) + overtakenMs ? next : undefined;
  }
  // What never fired here has nothing to end.
  if (known === undefined || known.status === 'resolved') return undefined;
  const endedAt = alert.endedAt ?? alert.since;
  if (endedAt < known.since) return undefined;
  return { ...known, status: 'resolved', endedAt };
}

function memberOf({ severity, title, summary, since, labels }: Incoming): Member {
  const color = colorSchema.safeParse(Object.hasOwn(labels, 'color') ? labels['color'] : undefined).data;
  return { status: 'firing', severity, title, summary, since, ...(color && { color }) };
}

/** At most so many, without the oldest of those that ended. */
function bounded(members: Record<string, Member>): { kept: Record<string, Member>; left: number } {
  const entries = Object.entries(members);
  if (entries.length <= mostMembers) return { kept: members, left: 0 };
  const order = entries.toSorted(
    ([, one], [, two]) =>
      Number(one.status === 'resolved') - Number(two.status === 'resolved') || two.since - one.since,
  );
  const lost = order.slice(mostMembers).filter(([, { status }]) => status === 'firing');
  return { kept: Object.fromEntries(order.slice(0, mostMembers)), left: lost.length };
}

function worst(all: readonly Severity[]): Severity {
  return all.toSorted((one, two) => rank(one) - rank(two))[0] ?? 'unknown';
}

function newest(members: readonly Member[]): Member | undefined {
  return members.toSorted((one, two) => rank(one.severity) - rank(two.severity) || two.since - one.since)[0];
}

function titlesOf(members: readonly Member[]): string[] {
  const counts = new Map<string, number>();
  for (const { title } of members) counts.set(title, (counts.get(title) ?? 0) + 1);
  return [...counts]
    .toSorted(([, one], [, two]) => two - one)
    .slice(0, mostTitles)
    .map(([title]) => title);
}

/** What a new firing begins with: nobody has acknowledged it. A silence that was meant to last lasts. */
function fresh(before: AlertGroup, { now }: Beside): AlertGroup {
  const { silenced } = before;
  const lasts = silenced !== null && (silenced.until === null || silenced.until > now);
  return {
    ...before,
    times: before.times + 1,
    truncated: 0,
    broadcast: null,
    acknowledged: null,
    remindedAt: null,
    reminders: null,
    silenced: lasts ? silenced : null,
    follows: null,
    compared: null,
  };
}

/** A group that nothing is known of yet. */
export function emptyGroup(
  given: Pick<AlertGroup, 'id' | 'source' | 'group' | 'service' | 'channel'>,
): AlertGroup {
  return {
    ...given,
    schema: 1,
    revision: 0,
    status: 'resolved',
    severity: 'unknown',
    titles: [],
    summary: '',
    members: {},
    truncated: 0,
    links: [],
    since: 0,
    resolvedAt: null,
    times: 0,
    follows: null,
    broadcast: null,
    acknowledged: null,
    silenced: null,
    compared: null,
    remindedAt: null,
  };
}
