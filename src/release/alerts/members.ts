/** What one alert of a group becomes by a delivery: pure. */
import { colorSchema } from '../color.ts';
import { severities } from './alert.ts';
import type { End, Incoming, Member, Severity } from './alert.ts';
import { heardMs } from './last-heard.ts';

/** A delivery that another overtook comes within this time of it, ms by the store's clock. */
const overtakenMs = 30_000;

/**
 * What a delivery does to one alert. `again`: it fires again, and its end was not heard. `changed`: what is shown of it;
 * `noted`: nothing that is shown. `heard`: nothing, but it was not heard of for a while.
 */
export interface Turn {
  how: 'fired' | 'again' | 'ended' | 'changed' | 'noted' | 'heard';
  member: Member;
}

/** When an alert counts as lost from sight: after so long without a word of it, ms; since `heardAt`, where it has none of its own. */
export interface Lost {
  afterMs: number;
  heardAt: number;
}

/** Lower is worse. */
export function rank(severity: Severity): number {
  return severities.indexOf(severity);
}

/**
 * What an alert becomes that fires by this delivery; undefined: nothing new. `end`: of one that is no member, what was
 * heard of its end. A delivery that was overtaken turns nothing back.
 */
export function firing(
  known: Member | undefined,
  end: End | undefined,
  alert: Incoming,
  now: number,
  lost: Lost,
): Turn | undefined {
  const next = { ...memberOf(alert, now), heardAt: now };
  if (known?.status !== 'firing') {
    const heard = known === undefined ? end : endOf(known);
    if (heard === undefined) return { how: 'fired', member: next };
    return overtook(heard, alert, now) ? undefined : { how: 'fired', member: { ...next, end: heard } };
  }
  const last = lastBegan(known);
  const pause = now - (known.heardAt ?? lost.heardAt);
  // After a silence: it ended meanwhile, and that was not heard. Else its sender was restarted, and forgot when it fired.
  if (alert.since > last && pause > lost.afterMs)
    return { how: 'again', member: { ...next, end: { till: last, at: known.heardAt ?? lost.heardAt } } };
  const latest = Math.max(last, alert.since);
  const { end: before } = known;
  // That of a firing before says nothing of this one.
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
  return pause >= heardMs ? { how: 'heard', member } : undefined;
}

/** The last time that this alert was heard to have fired, by the sender's clock. */
export function lastBegan({ since, latest = since }: Member): number {
  return Math.max(since, latest);
}

/** What a member becomes that has ended by this delivery; undefined: nothing new. */
export function ending(known: Member, alert: Incoming, now: number): Turn | undefined {
  const end = endBy(alert, now);
  if (known.status === 'resolved') {
    const heard = heardEnd(endOf(known), end, now);
    return heard && { how: 'noted', member: { ...known, end: heard } };
  }
  // The end of an earlier firing. Of the same beginning it is one, however a sender rounds.
  const last = lastBegan(known);
  if (alert.since < last && (alert.endedAt ?? alert.since) < last) return undefined;
  const endedAt = Math.min(Math.max(alert.endedAt ?? now, last), now);
  const till = Math.max(end.till, last);
  const { endedBy } = alert;
  const until = { till, at: now, since: Math.max(alert.since, last) };
  const ended = { ...known, status: 'resolved' as const, endedAt, end: until };
  return { how: 'ended', member: { ...ended, ...(endedBy !== undefined && { endedBy }) } };
}

/** A member whose end its sender told without naming it. It may fire again at once: nothing says what is overtaken. */
export function endedUnnamed(known: Member, endedAt: number): Member {
  const { end: _none, ...member } = known;
  return {
    ...member,
    status: 'resolved',
    endedAt: Math.max(endedAt, known.since),
    end: { till: 0, at: 0 },
  };
}

/** The end that a delivery tells. */
export function endBy({ since, endedAt }: Incoming, now: number): End {
  return { till: Math.max(since, endedAt ?? since), at: now, since };
}

/**
 * What is to be remembered of an end after another: of a beginning that is still under way to us, or since it was heard
 * again. Undefined: that is known.
 */
export function heardEnd(known: End | undefined, end: End, now: number): End | undefined {
  if (known === undefined) return end;
  if (isFresh(known, now) && known.till >= end.till && overBy(known) >= overBy(end)) return undefined;
  const since = Math.max(overBy(known), overBy(end));
  return { till: Math.max(known.till, end.till), at: now, since };
}

/** What began up to then is over by this end: what began later is another firing, even within the second of the end. */
export function overBy({ since, till }: End): number {
  return since ?? till;
}

/** True while what such an end overtook may still come. */
export function isFresh({ at }: End, now: number): boolean {
  // Either way: the storage's clock may have been set back.
  return Math.abs(now - at) <= overtakenMs;
}

/** The end of a resolved member. One that an older version wrote says only what the sender's clock said. */
export function endOf(member: Member): End {
  const { end, endedAt = member.since } = member;
  return end ?? { till: Math.max(lastBegan(member), endedAt), at: endedAt };
}

/**
 * At most one of each alert: of two that a body brings, the one that began later, and of the same beginning the end, else
 * the last. What began and ended within one body was over before it was heard of.
 */
export function newestOf(alerts: readonly Incoming[]): Incoming[] {
  const byName = new Map<string, Incoming>();
  for (const alert of alerts) {
    const other = byName.get(alert.fingerprint);
    if (other === undefined || !isOlder(alert, other)) byName.set(alert.fingerprint, alert);
  }
  return [...byName.values()];
}

function isOlder(alert: Incoming, other: Incoming): boolean {
  if (alert.since !== other.since) return alert.since < other.since;
  return alert.status === 'firing' && other.status === 'resolved';
}

/** Prometheus comes back from a gap with the beginning that it knew. Who is that late was not overtaken. */
function overtook(end: End, { since }: Incoming, now: number): boolean {
  return since <= overBy(end) && isFresh(end, now);
}

/** A beginning that its sender's clock puts ahead of ours was when it was heard; what it said is kept to compare with. */
function memberOf({ severity, title, summary, since, labels, word, trouble }: Incoming, now: number): Member {
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

/** A title in which nothing can be seen names nothing. */
function named(title: string): string {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(title) ? title : 'alert';
}

function isSame(one: Member, two: Member): boolean {
  return (['severity', 'title', 'summary', 'since', 'color', 'word', 'trouble'] as const).every(
    (name) => one[name] === two[name],
  );
}
