/**
 * Joins an unhealthy bake and an alert after its switch into one incident: only the first of them to be sent notifies
 * people.
 */
import type { AlertGroup } from '../release/alerts/alert.ts';
import { releaseInWindow } from '../release/alerts/context.ts';
import type { AlertContext } from '../release/alerts/context.ts';
import { beganBefore, followed, idleNamed } from '../release/alerts/attribution.ts';
import type { AlertStore } from '../release/alerts/port.ts';
import type { ServiceRecord } from '../release/release.ts';
import { ringAgainMs } from '../release/unanswered.ts';
import type { Notice, Outbox, ShownMessage } from '../release/store.ts';

/** A second notice within this time after the first always belongs to it, in ms. */
const soonMs = 30_000;
/** A second notice later than this notifies people by itself, in ms. */
const laterMs = ringAgainMs;

type Place = Pick<ShownMessage, 'channel' | 'ts'>;

/** `rings`: the key under which this notice rings, for `Outbox.ringOf`; `joins`: the message that rang already. */
export type Incident = { rings?: string | undefined; joins?: Place | undefined };

interface IncidentParts {
  alerts: Pick<AlertStore, 'load'>;
  outbox: Pick<Outbox, 'ringOf'>;
}

/**
 * The incident of a notice that is sent now. A notice that is sent again because nobody answered always rings; so does
 * one of a failed revert.
 */
export async function incidentOf(
  parts: IncidentParts,
  notice: Notice,
  record: ServiceRecord | null,
  alert?: { group: AlertGroup; context: AlertContext },
): Promise<Incident> {
  if (record === null || record.bake === null || (alert && !isOfRelease(alert.group, alert.context)))
    return {};
  if (notice.asks !== 'alert' && notice.asks !== 'unhealthy') return {};
  const rings = `${record.service}:${record.epoch}`;
  const sure = notice.unanswered === true || notice.again === true;
  const earlier = sure ? null : await parts.outbox.ringOf(rings);
  const joins = earlier !== null && (await isOne(parts, notice, earlier, record));
  return joins ? { joins: { channel: earlier.channel, ts: earlier.ts } } : { rings };
}

/** True when the alert began with the live release, and not on the color without traffic. */
function isOfRelease(group: AlertGroup, context: AlertContext): boolean {
  if (releaseInWindow(context) === undefined) return false;
  return !beganBefore(followed(group, context)) && idleNamed(group, context) === undefined;
}

/**
 * Two notices of one kind are two incidents. A bake and an alert are one for some minutes, while the first goes on and
 * nobody has answered it: an answer covers nothing later.
 */
async function isOne(
  { alerts }: IncidentParts,
  { asks, at }: Notice,
  { notice: earlier, release }: ShownMessage,
  { bake, pressedAt }: ServiceRecord,
): Promise<boolean> {
  if (earlier === undefined || earlier.asks === asks) return false;
  if (at - earlier.at < soonMs) return true;
  if (at - earlier.at >= laterMs || (pressedAt ?? 0) > earlier.at) return false;
  if (earlier.asks === 'unhealthy') return bake?.verdict === 'unhealthy';
  const group = release === null ? null : (await alerts.load(release)).group;
  return group?.status === 'firing' && group.acknowledged === null && group.silenced === null;
}
