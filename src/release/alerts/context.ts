/** The context of alerts: the record of their service, and the release whose switch they may follow. Pure. */
import type { Release, ServiceRecord } from '../release.ts';
import type { Settings } from '../settings.ts';
import type { AlertGroup } from './alert.ts';

/** The context of a group. */
export interface AlertContext {
  /** The store's clock, ms since 1970. */
  now: number;
  record: ServiceRecord | null;
  settings: Settings | undefined;
}

/** Returns the pause between two reminders, ms. Alerts without a service have a fixed one. */
export function remindMs({ settings }: Pick<AlertContext, 'settings'>): number {
  return settings?.alerts.remind ?? 1_800_000;
}

/** Returns true while the color with the traffic is not known: a switch is under way, or stuck. */
export function isSwitching(record: ServiceRecord | null): boolean {
  return record !== null && ['promoting', 'reverting', 'stuck'].includes(record.state);
}

/**
 * Returns the live release if alerts at this time may follow its switch: while it bakes, and for a while afterwards.
 */
export function releaseInWindow(context: AlertContext): Release | undefined {
  const release = liveRelease(context);
  if (release === undefined || context.record?.state === 'baking') return release;
  return context.now < endOf(release, context) ? release : undefined;
}

/** Returns when the window of that release ends; while it bakes, the expected time. Undefined: there is none. */
export function windowEndsAt(context: AlertContext): number | undefined {
  const release = releaseInWindow(context);
  return release && endOf(release, context);
}

/** Returns the release whose own switch brought the live version. */
function liveRelease({ record, settings }: AlertContext): Release | undefined {
  if (record === null || settings === undefined || isSwitching(record)) return undefined;
  const release = record.releases.find(({ status }) => status === 'baking' || status === 'live');
  if (release?.promotedAt === undefined || release.color !== record.live) return undefined;
  // Later than its switch: a revert or an adoption made it live again.
  if (record.colors[record.live].since > release.promotedAt) return undefined;
  return release;
}

function endOf({ promotedAt = 0, settledAt }: Release, { record, settings }: AlertContext): number {
  // An older version wrote the record, without the end of the bake: use the configured one.
  const configured = promotedAt + (settings?.promotion.bake ?? 0);
  const bakedAt = record?.state === 'baking' ? record.bake?.until : settledAt;
  return (bakedAt ?? configured) + (settings?.alerts.attribute ?? 0);
}

/** Returns true while this group must disturb nobody. */
export function isSilent({ silenced }: AlertGroup, context: Pick<AlertContext, 'now' | 'record'>): boolean {
  if (silenced === null) return false;
  if (silenced.until !== null) return silenced.until > context.now;
  const release = context.record?.releases.find(({ id }) => id === silenced.release);
  return release?.status === 'baking' || release?.status === 'promoting';
}
