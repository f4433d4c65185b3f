import { fromNow } from '../instant.ts';
import type { AlertGroup } from './alert.ts';
import { releaseInWindow } from './triage.ts';
import type { Beside } from './triage.ts';

/** How often it is looked whether a silence that lasts as long as a release is over, ms. */
const silenceLookMs = 300_000;

/** When something is to be done without a delivery: at once (blue against green), at a reminder, at a silence's end. */
export function dueOf(group: AlertGroup, { record, settings, now }: Beside): number | null {
  if (group.status === 'resolved') return null;
  const times: number[] = [];
  const wanted = settings?.alerts.compare !== undefined && group.follows !== null && group.compared === null;
  if (wanted && releaseInWindow({ record, settings, now })) times.push(fromNow());
  if (group.silenced?.until != null) times.push(group.silenced.until);
  const remindMs = settings?.alerts.remind ?? 1_800_000;
  const { acknowledged, remindedAt } = group;
  // Nobody is reminded during a silence, and its end is due itself; that of a release is looked for now and then.
  const quiet = group.silenced !== null;
  if (group.silenced?.until === null) times.push(now + silenceLookMs);
  if (acknowledged !== null && !quiet) times.push((remindedAt ?? acknowledged.at) + remindMs);
  if (times.includes(fromNow())) return fromNow();
  return times.length === 0 ? null : Math.min(...times);
}
