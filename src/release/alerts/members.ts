/** Applies a delivery to one alert of a group. Pure. */
import { colorSchema } from '../color.ts';
import { severities } from './alert.ts';
import type { End, IncomingAlert, Member, Severity } from './alert.ts';
import { heardPrecisionMs } from './last-heard.ts';

/** A delivery that was overtaken by another arrives within this time of it, ms by the store's clock. */
const overtakenMs = 30_000;

/**
 * The effect of a delivery on one alert. `again`: it fires again, and its end was not received. `changed`: what is
 * shown of it; `noted`: nothing that is shown. `heard`: no change, but its first report for a while.
 */
export interface MemberChange {
  how: 'fired' | 'again' | 'ended' | 'changed' | 'noted' | 'heard';
  member: Member;
}

/** When an alert counts as lost: after this long without a report, ms; `heardAt`: if it has no time of its own. */
export interface Lost {
  afterMs: number;
  heardAt: number;
}

/** Returns the rank of a severity; lower is worse. */
export function rank(severity: Severity): number {
  return severities.indexOf(severity);
}

/**
 * Applies a report that an alert fires; undefined: no news. `end`: the received end of an alert that is no member. A
 * delivery that was overtaken undoes nothing.
 */
export function firing(
  known: Member | undefined,
  end: End | undefined,
  alert: IncomingAlert,
  now: number,
  lost: Lost,
): MemberChange | undefined {
  const next = { ...memberOf(alert, now), heardAt: now };
  if (known?.status !== 'firing') {
    const heard = known === undefined ? end : endOf(known);
    if (heard === undefined) return { how: 'fired', member: next };
    return overtook(heard, alert, now) ? undefined : { how: 'fired', member: { ...next, end: heard } };
  }
  const last = lastBegan(known);
  const pause = now - (known.heardAt ?? lost.heardAt);
  // After a silence: it ended meanwhile, and the end was not received. Otherwise its sender was restarted, and forgot
  // the beginning.
  if (alert.since > last && pause > lost.afterMs)
    return { how: 'again', member: { ...next, end: { till: last, at: known.heardAt ?? lost.heardAt } } };
  const latest = Math.max(last, alert.since);
  const { end: before } = known;
  // The end of an earlier firing says nothing about this one.
  const isOwn = before === undefined || alert.since > overBy(before);
  const since = isOwn ? Math.min(known.since, next.since) : known.since;
  const member = {
    ...next,
    since,
    ...(latest > since && { latest }),
    ...(before !== undefined && { end: before }),
  };
  if (rank(member.severity) < rank(known.severity)) return { how: 'fired', member };
  if (!isSame(member, known)) return { how: 'changed', member };
  if (latest > last) return { how: 'noted', member };
  return pause >= heardPrecisionMs ? { how: 'heard', member } : undefined;
}

/** Returns the last reported beginning of this alert, by the sender's clock. */
export function lastBegan({ since, latest = since }: Member): number {
  return Math.max(since, latest);
}

/** Applies a report that a member ended; undefined: no news. */
export function ending(known: Member, alert: IncomingAlert, now: number): MemberChange | undefined {
  const end = endBy(alert, now);
  if (known.status === 'resolved') {
    const heard = heardEnd(endOf(known), end, now);
    return heard && { how: 'noted', member: { ...known, end: heard } };
  }
  // This is the end of an earlier firing. The same beginning means the same firing, however a sender rounds.
  const last = lastBegan(known);
  if (alert.since < last && (alert.endedAt ?? alert.since) < last) return undefined;
  const endedAt = Math.min(Math.max(alert.endedAt ?? now, last), now);
  const till = Math.max(end.till, last);
  const { endedBy } = alert;
  const until = { till, at: now, since: Math.max(alert.since, last) };
  const ended = { ...known, status: 'resolved' as const, endedAt, end: until };
  return { how: 'ended', member: { ...ended, ...(endedBy !== undefined && { endedBy }) } };
}

/** Returns a member that ended by a delivery that did not name it. It may fire again at once. */
export function endedUnnamed(known: Member, endedAt: number): Member {
  const { end: _none, ...member } = known;
  return {
    ...member,
    status: 'resolved',
    endedAt: Math.max(endedAt, known.since),
    end: { till: 0, at: 0 },
  };
}

/** Returns the end in a delivery. */
export function endBy({ since, endedAt }: IncomingAlert, now: number): End {
  return { till: Math.max(since, endedAt ?? since), at: now, since };
}

/**
 * Returns the end to remember after another one: for a later beginning or end, or because the known end is no longer
 * fresh. Undefined: nothing new.
 */
export function heardEnd(known: End | undefined, end: End, now: number): End | undefined {
  if (known === undefined) return end;
  if (isFresh(known, now) && known.till >= end.till && overBy(known) >= overBy(end)) return undefined;
  const since = Math.max(overBy(known), overBy(end));
  return { till: Math.max(known.till, end.till), at: now, since };
}

/** Returns the latest beginning that this end covers; a later one is another firing, even in the same second. */
export function overBy({ since, till }: End): number {
  return since ?? till;
}

/** Returns true while a delivery that this end overtook may still arrive. */
export function isFresh({ at }: End, now: number): boolean {
  // In both directions: the storage's clock may have been set back.
  return Math.abs(now - at) <= overtakenMs;
}

/** Returns the end of a resolved member. One that an older version wrote has only the sender's clock. */
export function endOf(member: Member): End {
  const { end, endedAt = member.since } = member;
  return end ?? { till: Math.max(lastBegan(member), endedAt), at: endedAt };
}

/**
 * Returns at most one report per alert: of two in one body, the one that began later; with the same beginning the
 * end, else the last. What began and ended within one body was over before it was received.
 */
export function newestOf(alerts: readonly IncomingAlert[]): IncomingAlert[] {
  const byName = new Map<string, IncomingAlert>();
  for (const alert of alerts) {
    const other = byName.get(alert.fingerprint);
    if (other === undefined || !isOlder(alert, other)) byName.set(alert.fingerprint, alert);
  }
  return [...byName.values()];
}

function isOlder(alert: IncomingAlert, other: IncomingAlert): boolean {
  if (alert.since !== other.since) return alert.since < other.since;
  return alert.status === 'firing' && other.status === 'resolved';
}

/** After a gap Prometheus reports the beginning that it knew. A report that is this late was not overtaken. */
function overtook(end: End, { since }: IncomingAlert, now: number): boolean {
  return since <= overBy(end) && isFresh(end, now);
}

/** A beginning ahead of the store's clock becomes the time of the report; the original is kept for comparison. */
function memberOf(
  { severity, title, summary, since, labels, word, trouble }: IncomingAlert,
  now: number,
): Member {
  const color = colorSchema.safeParse(Object.hasOwn(labels, 'color') ? labels['color'] : undefined).data;
  return {
    status: 'firing',
    severity,
    title: named(title),
    summary,
    since: Math.min(since, now),
    ...(since > now && { latest: since }),
    ...(color && { color }),
    ...(word !== undefined && { word }),
    ...(trouble !== undefined && { trouble }),
  };
}

/** Replaces a title without visible characters. */
function named(title: string): string {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(title) ? title : 'alert';
}

function isSame(one: Member, two: Member): boolean {
  return (['severity', 'title', 'summary', 'since', 'color', 'word', 'trouble'] as const).every(
    (name) => one[name] === two[name],
  );
}
