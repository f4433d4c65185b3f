import { fromNow } from '../instant.ts';
import type { AlertGroup } from './alert.ts';
import { isSwitching, releaseInWindow, remindMs, windowEndsAt } from './context.ts';
import type { AlertContext } from './context.ts';
import { broadcastDueAt, ringsAgainAt } from './broadcast.ts';
import { dropAfterMs } from './unconfigured.ts';
import { quietAt, quietForMs } from './last-heard.ts';

/** How often it is looked whether what lasts as long as a release is over, ms: a silence, a bake, a switch. */
const lookMs = 300_000;

/** How often it is looked whether its service and source are still configured, and until when after a delivery, ms. */
const configuredLook = { everyMs: 6 * 3_600_000, longestMs: 28 * 86_400_000 };
/** How often that is drawn again of which nothing was heard for up to two days, ms. */
const quietLookMs = 3_600_000;
/** Reminders to whoever acknowledged a group, while it fires. */
export const mostReminders = 24;

/**
 * When something is to be done without a delivery: at once (blue against green), at a reminder, at a silence's end, and
 * when the release that it follows has had its time; and now and then whether it is followed still. `heard`: what is told of it reaches people; in a digest it does not.
 */
export function dueOf(group: AlertGroup, context: AlertContext, heard = true): number | null {
  if (group.status === 'resolved') return null;
  if (group.dropped) return group.dropped.at + dropAfterMs;
  const { record, settings, now } = context;
  const wanted = settings?.alerts.compare !== undefined && group.compared === null;
  if (wanted && releaseInWindow(context)) return fromNow();
  const times: number[] = [];
  // Every save keeps a group for another month: of one that nothing is heard of any more, this must come to an end.
  if (now < (group.heardAt ?? group.since) + configuredLook.longestMs) {
    times.push(now + configuredLook.everyMs);
    // For how long nothing was heard stands on its message.
    const long = (quietForMs(group, now) ?? 0) > 48 * quietLookMs;
    times.push(Math.max(quietAt(group) ?? Infinity, now + (long ? configuredLook.everyMs : quietLookMs)));
  }
  const endsAt = windowEndsAt(context);
  // While it bakes this is a guess: the save that ends the bake makes the group due.
  if (endsAt !== undefined) times.push(Math.max(endsAt, record?.state === 'baking' ? now + lookMs : endsAt));
  if (group.silenced?.until != null) times.push(group.silenced.until);
  const toldAt = heard ? broadcastDueAt(group, context) : group.surfaceAt;
  if (toldAt != null) times.push(toldAt);
  const ringAt = heard ? ringsAgainAt(group, context) : undefined;
  if (ringAt !== undefined) times.push(ringAt);
  const { acknowledged, remindedAt } = group;
  // Nobody is reminded during a silence, and its end is due itself; that of a release is looked for now and then.
  const quiet = group.silenced !== null;
  if (group.silenced?.until === null) times.push(now + lookMs);
  // The save that ends a switch makes the group due, unless one that was late undoes that.
  if (isSwitching(record)) times.push(now + lookMs);
  if (acknowledged !== null && !quiet && (group.reminders ?? 0) < mostReminders)
    times.push((remindedAt ?? acknowledged.at) + remindMs(context));
  return times.length === 0 ? null : Math.min(...times);
}
