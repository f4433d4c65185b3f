import { fromNow } from '../instant.ts';
import type { AlertGroup } from './alert.ts';
import { isSwitching, releaseInWindow, remindMs, windowEndsAt } from './context.ts';
import type { AlertContext } from './context.ts';
import { broadcastDueAt, ringsAgainAt } from './broadcast.ts';
import { dropAfterMs } from './unconfigured.ts';
import { quietAt, quietForMs } from './last-heard.ts';

/** How often a group checks whether something tied to a release is over, ms: a silence, a bake, a switch. */
const lookMs = 300_000;

/** How often a group checks that its service and source are still configured, and until when after a delivery, ms. */
const configuredLook = { everyMs: 6 * 3_600_000, longestMs: 28 * 86_400_000 };
/** How often a silent group is drawn again, for up to two days of silence, ms. */
const quietLookMs = 3_600_000;
/** How many reminders the person who acknowledged a group gets, while it fires. */
export const mostReminders = 24;

/**
 * Returns when something is due without a delivery: at once (blue against green), at a reminder, at a silence's end,
 * when the time of the release that it follows is over, and regularly to check that. `heard`: its notices reach
 * people; in a digest they do not.
 */
export function alertDueOf(group: AlertGroup, context: AlertContext, heard = true): number | null {
  if (group.status === 'resolved') return null;
  if (group.dropped) return group.dropped.at + dropAfterMs;
  const { record, settings, now } = context;
  const { prometheus, metrics = [] } = settings?.compare ?? {};
  const wanted = prometheus !== undefined && metrics.length > 0 && group.compared === null;
  if (wanted && releaseInWindow(context)) return fromNow();
  const times: number[] = [];
  // Every save keeps a group for another month: for a group without any report, this must end.
  if (now < (group.heardAt ?? group.since) + configuredLook.longestMs) {
    times.push(now + configuredLook.everyMs);
    // Its message says for how long nothing was reported.
    const long = (quietForMs(group, now) ?? 0) > 48 * quietLookMs;
    times.push(Math.max(quietAt(group) ?? Infinity, now + (long ? configuredLook.everyMs : quietLookMs)));
  }
  const endsAt = windowEndsAt(context);
  // During a bake this is a guess: the save that ends the bake makes the group due.
  if (endsAt !== undefined) times.push(Math.max(endsAt, record?.state === 'baking' ? now + lookMs : endsAt));
  if (group.silenced?.until != null) times.push(group.silenced.until);
  const toldAt = heard ? broadcastDueAt(group, context) : group.surfaceAt;
  if (toldAt != null) times.push(toldAt);
  const ringAt = heard ? ringsAgainAt(group, context) : undefined;
  if (ringAt !== undefined) times.push(ringAt);
  const { acknowledged, remindedAt } = group;
  // There are no reminders during a silence, and its end is due by itself; one tied to a release is checked
  // regularly.
  const quiet = group.silenced !== null;
  if (group.silenced?.until === null) times.push(now + lookMs);
  // The save that ends a switch makes the group due, unless a late save undoes that.
  if (isSwitching(record)) times.push(now + lookMs);
  if (acknowledged !== null && !quiet && (group.reminders ?? 0) < mostReminders)
    times.push((remindedAt ?? acknowledged.at) + remindMs(context));
  return times.length === 0 ? null : Math.min(...times);
}
