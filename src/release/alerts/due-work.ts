/** Does the due work of alert groups, without a delivery: see `alertDueOf`. */
import type { Configured, People } from '../command.ts';
import { userOf, mention } from '../draft.ts';
import { fromNow } from '../instant.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import { announceMs } from '../configurations.ts';
import { readableRecord } from '../read-record.ts';
import type { Adapters } from '../ports.ts';
import type { Notice } from '../store.ts';
import type { AlertGroup } from './alert.ts';
import { isSilent, releaseInWindow, remindMs } from './context.ts';
import type { AlertContext } from './context.ts';
import { broadcastDueAt, isCritical, ringsAgainAt, withBroadcast, withRingAgain } from './broadcast.ts';
import { unanswered } from '../unanswered.ts';
import { offersClose } from './close.ts';
import { compared } from './compare.ts';
import { drop } from './unconfigured.ts';
import type { Gone } from './unconfigured.ts';
import { alertDueOf, mostReminders } from './due.ts';
import { firingOf, isOver, seenIn } from './attribution.ts';
import { quietForMs } from './last-heard.ts';
import { alertNameOf } from './alert-name.ts';
import { revertedRelease, revertLine } from './reverted-release.ts';
import { isKnownTo, alertSettings, unheardInDigest } from './take.ts';
import type { AlertParts } from './take.ts';
import { criticalNotice, lasted, noticeOf } from './notices.ts';
import { untold } from './announced.ts';

/** What this work needs in addition to taking deliveries. */
export interface DueWorkParts extends AlertParts {
  adapters(service: string, configured: Configured): Adapters;
  /** Returns true for the name of a configured source. */
  isSource(name: string): boolean;
}

/** When a group that cannot be read is looked at again, ms. */
const unreadableMs = 300_000;

type Told = Omit<Notice, 'at'>[];

/** Does what is due for one group. A save that comes first does it, or makes it due again. */
export async function doDueAlertWork(parts: DueWorkParts, id: string, stopping: AbortSignal): Promise<void> {
  const { alerts, store, catalog, log } = parts;
  const { group, placed, revision, now } = await alerts.load(id);
  if (group === null && revision > 0) {
    // A newer replica may read it. Here it would be due at every turn.
    await alerts.postpone(id, revision, fromNow(unreadableMs));
    return log.warn({ id }, 'A stored alert group cannot be read; trying again later');
  }
  if (group === null || group.status === 'resolved') return;
  const { service } = group;
  const gone = goneOf(parts, group);
  if (gone === 'unknown') return alerts.postpone(id, revision, fromNow(announceMs));
  const configured = service === null ? undefined : catalog.find(service);
  const record = service === null ? null : await readableRecord(store, service);
  const settings = gone === 'service' ? undefined : alertSettings(catalog, service, record);
  const context: AlertContext = { now, record, settings };
  const told: Told = [];
  const step = drop(group, gone, now);
  if (step.told !== null) told.push(noticeOf(group, 'event', step.told));
  let next = step.group;
  if (!next.dropped) {
    next = { ...next, ...seenIn(next, firingOf(next), context) };
    next = afterRevert(next, context, told);
    next = await withComparison(parts, next, context, configured, told, stopping);
    // Another replica asks again: an interrupted question says nothing about the colors.
    if (stopping.aborted) return;
    const ends = next.silenced !== null && !isSilent(next, context);
    next = afterSilence(next, context, told);
    // Its thread has just said that it still fires.
    next = ends ? { ...next, remindedAt: context.now } : reminded(parts, next, context, told);
    next = rungAgain(next, context, told);
  }
  // A group in a digest is announced once it has left the digest.
  const surfaces = placed?.kind === 'digest' && group.surfaceAt != null && group.surfaceAt <= now;
  await alerts.save({
    group: next,
    expect: group.revision,
    opens: false,
    urgent: false,
    notices: told.map((notice) => ({ ...notice, channel: group.channel })),
    draw: told.length > 0 || isOver(group.follows, context) || quietForMs(next, now) !== undefined,
    due: alertDueOf(next, context),
    unheard: placed?.kind === 'digest' ? unheardInDigest(next, context, surfaces) : undefined,
    surfaces,
  });
}

/** Returns what no replica's configuration names any more. `unknown`: the others were not asked yet. */
function goneOf(parts: DueWorkParts, { service, source }: AlertGroup): Gone | 'unknown' | null {
  const elsewhere = parts.elsewhere?.();
  const lacksService = service !== null && !isKnownTo(parts)(service);
  const lacksSource = !parts.isSource(source) && elsewhere?.sources.has(source) !== true;
  if (!lacksService && !lacksSource) return null;
  if (parts.elsewhere && elsewhere === undefined) return 'unknown';
  return lacksService ? 'service' : 'source';
}

/** Adds the comparison of blue and green, when it can be asked for and was not. */
async function withComparison(
  { adapters }: Pick<DueWorkParts, 'adapters'>,
  group: AlertGroup,
  context: AlertContext,
  configured: Configured | undefined,
  told: Told,
  stopping: AbortSignal,
): Promise<AlertGroup> {
  if (group.service === null || configured === undefined) return group;
  const release = releaseInWindow(context);
  if (group.compared !== null || release === undefined) return group;
  const { metrics = [] } = adapters(group.service, configured);
  if (metrics.length === 0) return group;
  const switched = { live: release.color, at: release.promotedAt ?? context.now };
  const words = await compared(metrics, switched, stopping);
  told.push(noticeOf(group, 'event', [words]));
  return { ...group, compared: words };
}

/** Notes once that the release it follows was reverted. */
function afterRevert(group: AlertGroup, context: AlertContext, told: Told): AlertGroup {
  const { follows } = group;
  if (follows === null || follows.reverted === true || revertedRelease(group, context) === undefined)
    return group;
  told.push(noticeOf(group, 'event', revertLine(group, context)));
  return { ...group, follows: { ...follows, reverted: true } };
}

/** Ends a silence, and announces what was held back: by the silence, or because it was too soon. */
function afterSilence(group: AlertGroup, context: AlertContext, told: Told): AlertGroup {
  const ends = group.silenced !== null && !isSilent(group, context);
  const over: Line = ends ? ['The silence ended, and the alert still fires.'] : [];
  const next = ends ? { ...group, silenced: null } : group;
  const toldAt = broadcastDueAt(next, context);
  if (toldAt !== undefined && toldAt <= context.now) {
    const rung = withBroadcast(next, context);
    told.push(criticalNotice(rung, untold(next), context, { start: ends ? [...over, ' '] : [] }));
    return rung;
  }
  if (ends) told.push(noticeOf(next, 'event', over));
  return next;
}

/** Mentions people again for a critical group that nobody has answered. */
function rungAgain(group: AlertGroup, context: AlertContext, told: Told): AlertGroup {
  const at = ringsAgainAt(group, context);
  if (at === undefined || at > context.now) return group;
  const next = withRingAgain(group, context);
  const critical = firingOf(next).filter(isCritical);
  told.push({ ...criticalNotice(next, critical, context, { start: [unanswered] }), unanswered: true });
  return next;
}

/** Reminds the person who acknowledged the group while it fires, by a mention in its thread. */
function reminded(
  { people }: Pick<DueWorkParts, 'people'>,
  group: AlertGroup,
  context: AlertContext,
  told: Told,
): AlertGroup {
  const { acknowledged, remindedAt } = group;
  const reminders = (group.reminders ?? 0) + 1;
  if (acknowledged === null || isSilent(group, context) || reminders > mostReminders) return group;
  if (context.now < (remindedAt ?? acknowledged.at) + remindMs(context)) return group;
  told.push(reminder(group, acknowledged, context, people, reminders === mostReminders));
  return { ...group, remindedAt: context.now, reminders };
}

function reminder(
  group: AlertGroup,
  { actor }: NonNullable<AlertGroup['acknowledged']>,
  context: AlertContext,
  people: Pick<People, 'mentions'>,
  isLast: boolean,
): Told[number] {
  const { now, settings } = context;
  const long = lasted({ since: group.since, resolvedAt: now });
  // No end is received for a member that its sender muted for good.
  const close = offersClose(group, context) ? ' If it is over, press Close.' : '';
  const last = `${close}${isLast ? ' This is the last reminder.' : ''}`;
  const user = userOf(actor);
  if (user !== undefined) {
    const text = line`${{ user }}: still firing after ${long}, and acknowledged by you: ${alertNameOf(group)}.${last}`;
    return noticeOf(group, 'event', text, { to: user });
  }
  // No known Slack user: mention the people who may act.
  const others = line` ${people.mentions('operator', settings)}`;
  return noticeOf(
    group,
    'event',
    line`Still firing after ${long}, and acknowledged by ${mention(actor)}: ${alertNameOf(group)}.${last}${others}`,
  );
}
