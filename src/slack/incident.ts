/** A bake that is unhealthy and an alert that follows its switch are one incident: the first of them to be sent rings. */
import type { AlertGroup } from '../release/alerts/alert.ts';
import { releaseInWindow } from '../release/alerts/context.ts';
import type { AlertContext } from '../release/alerts/context.ts';
import { beganBefore, followed, idleNamed } from '../release/alerts/attribution.ts';
import type { AlertStore } from '../release/alerts/port.ts';
import type { ServiceRecord } from '../release/release.ts';
import { ringAgainMs } from '../release/unanswered.ts';
import type { Notice, Outbox, ShownMessage } from '../release/store.ts';

/** What comes so soon after the ring belongs to it in any case, ms. */
const soonMs = 30_000;
/** What comes later than this after the ring rings by itself, ms. */
const laterMs = ringAgainMs;

type Place = Pick<ShownMessage, 'channel' | 'ts'>;

/** `rings`: what this notice rings for, as `Outbox.ringOf` names it; `joins`: the message that rang for it already. */
export type Incident = { rings?: string | undefined; joins?: Place | undefined };

interface IncidentParts {
  alerts: Pick<AlertStore, 'load'>;
  outbox: Pick<Outbox, 'ringOf'>;
}

/**
 * What a notice that is sent now is of. One that is sent again, since nobody answered, rings whatever rang before; so does
 * one of a revert that failed.
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

/** It began with the release that is live, and not with the color without traffic. */
function isOfRelease(group: AlertGroup, context: AlertContext): boolean {
  if (releaseInWindow(context) === undefined) return false;
  return !beganBefore(followed(group, context)) && idleNamed(group, context) === undefined;
}

/**
 * Two of a kind are two things; a bake and an alert are one for some minutes while that which rang goes on, and nobody has
 * answered it: an answer covers nothing that comes later.
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
