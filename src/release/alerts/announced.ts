/** The critical titles of a group that were announced to the channel, or acknowledged: once while they fire. Pure. */
import type { AlertGroup, Member } from './alert.ts';
import { remindMs } from './context.ts';
import type { AlertContext } from './context.ts';
import { firingOf } from './attribution.ts';
import { sameButNumbers, withoutValues as key } from './title.ts';

/** One title that was announced, or acknowledged before. */
export type AnnouncedTitle = NonNullable<AlertGroup['told']>[number];

/** How many titles are remembered. */
const mostTold = 500;
/** How many messages one group may send to the channel between two reminders; news beyond that waits. */
const mostMessages = 5;

/** Returns the alerts that fire critically and are neither announced nor acknowledged. */
export function untold(group: AlertGroup): Member[] {
  const known = new Set(toldOf(group).flatMap(({ title, over }) => (over === true ? [] : [key(title)])));
  return criticalOf(group).filter(({ title }) => !known.has(key(title)));
}

/** Returns when the channel may be notified of these, by the store's clock. Undefined: there are none. */
export function untoldDueAt(group: AlertGroup, context: AlertContext): number | undefined {
  const news = untold(group);
  if (news.length === 0) return undefined;
  const all = toldOf(group);
  const last = new Map(all.map(({ title, at }) => [key(title), at]));
  const pause = remindMs(context);
  const due = news.map(({ title }) => {
    const at = last.get(key(title));
    return at === undefined ? context.now : at + pause;
  });
  const messages = [...new Set(all.map(({ at }) => at))].toSorted((one, two) => two - one);
  const crowded = messages[mostMessages - 1];
  return Math.max(Math.min(...due), crowded === undefined ? 0 : crowded + pause);
}

/** Returns the group after the channel is notified of everything that fires critically. */
export function withTold(group: AlertGroup, { now }: Pick<AlertContext, 'now'>): AlertGroup {
  const titles = new Map(untold(group).map(({ title }) => [key(title), title]));
  const kept = toldOf(group).filter(({ title }) => !titles.has(key(title)));
  const told = [...kept, ...[...titles.values()].map((title) => ({ title, at: now }))];
  return { ...group, told: told.slice(-mostTold) };
}

/** Returns the group after an acknowledgement: that covers everything that fires now, announced or not. */
export function withAcknowledged(group: AlertGroup, by: Pick<AlertContext, 'now'>): AlertGroup {
  const { told } = withTold(group, by);
  return { ...group, told: (told ?? []).map((each) => ({ ...each, acknowledged: true })) };
}

/**
 * Returns what is remembered after a change of the members. A title that stopped firing, or began again (`again`),
 * may be announced once more, but not within the time between two reminders.
 */
export function stillTold(
  before: AlertGroup,
  members: AlertGroup['members'],
  again: readonly Member[],
  context: AlertContext,
): AnnouncedTitle[] {
  const firing = new Set(criticalOf({ members }).map(({ title }) => key(title)));
  const begun = new Set(again.map(({ title }) => key(title)));
  const all = toldOf(before);
  return [...all, ...renamed(before, members, all)].flatMap((each) => {
    const over =
      each.over === true ||
      before.status === 'resolved' ||
      !firing.has(key(each.title)) ||
      begun.has(key(each.title));
    if (!over) return [each];
    return each.at + remindMs(context) <= context.now ? [] : [{ ...each, over }];
  });
}

/**
 * Returns what was announced under a title that its sender has changed since: to any title while it fires, and to one
 * that differs only in numbers once it ended.
 */
function renamed(
  before: AlertGroup,
  members: AlertGroup['members'],
  told: readonly AnnouncedTitle[],
): AnnouncedTitle[] {
  const known = new Map(told.map((each) => [key(each.title), each]));
  const names = new Map<string, AnnouncedTitle>();
  for (const [name, { title }] of Object.entries(members)) {
    const was = Object.hasOwn(before.members, name) ? before.members[name] : undefined;
    const entry = was?.severity === 'critical' ? known.get(key(was.title)) : undefined;
    const now = known.get(key(title));
    if (was === undefined || entry === undefined || (now !== undefined && now.over !== true)) continue;
    const goesOn = was.status === 'firing' && entry.over !== true;
    if (goesOn || (now === undefined && sameButNumbers(was.title, title)))
      names.set(key(title), { ...entry, title });
  }
  return [...names.values()];
}

/** Returns the critical titles that fire and did not when somebody acknowledged the group; none when nobody did. */
export function sinceAcknowledged(group: AlertGroup): string[] {
  if (group.acknowledged === null) return [];
  const covered = new Set(
    toldOf(group).flatMap(({ title, over, acknowledged }) =>
      acknowledged === true && over !== true ? [key(title)] : [],
    ),
  );
  return [...new Set(criticalOf(group).map(({ title }) => title))].filter(
    (title) => !covered.has(key(title)),
  );
}

/** Returns true while something of it fires that nobody has acknowledged. */
export function isUnacknowledged(group: AlertGroup): boolean {
  return group.acknowledged === null || sinceAcknowledged(group).length > 0;
}

/** In a group that an older version wrote, everything counts as announced if the channel was notified. */
function toldOf(group: AlertGroup): AnnouncedTitle[] {
  if (group.told != null) return group.told;
  const at = group.broadcastAt ?? group.acknowledged?.at;
  if (at === undefined) return [];
  const acknowledged = group.acknowledged !== null;
  const over = group.broadcast === null && !acknowledged;
  const critical = Object.values(group.members).filter(({ severity }) => severity === 'critical');
  return [...new Set(critical.map(({ title }) => title))].map((title) => ({ title, at, over, acknowledged }));
}

function criticalOf(group: Pick<AlertGroup, 'members'>): Member[] {
  return firingOf(group).filter(({ severity }) => severity === 'critical');
}
