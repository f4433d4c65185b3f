/** What alerts are seen next to: the record of their service, and the release whose switch they may follow. Pure. */
import type { Release, ServiceRecord } from '../release.ts';
import type { Settings } from '../settings.ts';
import type { AlertGroup } from './alert.ts';

/** What a group is seen next to. */
export interface AlertContext {
  /** The store's clock, ms since 1970. */
  now: number;
  record: ServiceRecord | null;
  settings: Settings | undefined;
}

/** How long it is quiet between two reminders, ms. An alert of no service has none of its own. */
export function remindMs({ settings }: Pick<AlertContext, 'settings'>): number {
  return settings?.alerts.remind ?? 1_800_000;
}

/** True while nobody can say which color has the traffic: a switch is under way, or hangs. */
export function isSwitching(record: ServiceRecord | null): boolean {
  return record !== null && ['promoting', 'reverting', 'stuck'].includes(record.state);
}

/** The release that is live, when an alert at this time is seen next to its switch: while it bakes, and a while after. */
export function releaseInWindow(context: AlertContext): Release | undefined {
  const release = liveRelease(context);
  if (release === undefined || context.record?.state === 'baking') return release;
  return context.now < endOf(release, context) ? release : undefined;
}

/** When the window of the release that is in it ends; while it bakes, when that is foreseen. Undefined: none is. */
export function windowEndsAt(context: AlertContext): number | undefined {
  const release = releaseInWindow(context);
  return release && endOf(release, context);
}

/** The release whose own switch brought the version that is live. */
function liveRelease({ record, settings }: AlertContext): Release | undefined {
  if (record === null || settings === undefined || isSwitching(record)) return undefined;
  const release = record.releases.find(({ status }) => status === 'baking' || status === 'live');
  if (release?.promotedAt === undefined || release.color !== record.live) return undefined;
  // Later than its switch: a revert, or an adoption, made it live again.
  if (record.colors[record.live].since > release.promotedAt) return undefined;
  return release;
}

function endOf({ promotedAt = 0, settledAt }: Release, { record, settings }: AlertContext): number {
  // A record that does not say when a bake ended was written by an older version: as it was configured.
  const configured = promotedAt + (settings?.promotion.bake ?? 0);
  const bakedAt = record?.state === 'baking' ? record.bake?.until : settledAt;
  return (bakedAt ?? configured) + (settings?.alerts.attribute ?? 0);
}

/** True while nobody is to be disturbed by this group. */
export function isSilent({ silenced }: AlertGroup, context: Pick<AlertContext, 'now' | 'record'>): boolean {
  if (silenced === null) return false;
  if (silenced.until !== null) return silenced.until > context.now;
  const release = context.record?.releases.find(({ id }) => id === silenced.release);
  return release?.status === 'baking' || release?.status === 'promoting';
}
