/** Alerts of a service or source that was removed from the configuration: they are closed after a while. Pure. */
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { AlertGroup } from './alert.ts';
import { endedUnnamed } from './members.ts';

/**
 * How long it must be gone, ms: a replica with an older configuration does not know yet what a newer one has added.
 */
export const dropAfterMs = 3_600_000;

/** What is no longer configured. */
export type Gone = NonNullable<AlertGroup['dropped']>['what'];

/** A group, and the message for its thread. */
interface Step {
  group: AlertGroup;
  told: Line | null;
}

/** Returns the next step of a group whose service or source is gone (null: neither is). */
export function drop(group: AlertGroup, gone: Gone | null, now: number): Step {
  const dropped = group.dropped ?? null;
  if (gone === null) {
    if (dropped === null) return { group, told: null };
    const told = line`${goneName(group, dropped.what)} is in the configuration again.`;
    return { group: { ...group, dropped: null }, told };
  }
  if (dropped === null) {
    const told = line`${goneLine(group, gone)} There are no more reminders. It is closed in an hour.`;
    return { group: { ...group, dropped: { what: gone, at: now, closed: false } }, told };
  }
  if (now < dropped.at + dropAfterMs) return { group, told: null };
  const end = { ...closedAt(group, now), dropped: { what: gone, at: now, closed: true } };
  return { group: end, told: ['Closed. It may still be firing.'] };
}

/** Returns `checkout is no longer in the configuration.` */
export function goneLine(group: AlertGroup, gone: Gone): Line {
  return line`${goneName(group, gone)} is no longer in the configuration.`;
}

function goneName({ service, source }: AlertGroup, gone: Gone): Line {
  switch (gone) {
    case 'service':
      return [service ?? 'Its service'];
    case 'source':
      return line`The source ${source}`;
    default:
      return gone satisfies never;
  }
}

/** Returns the group with its alerts ended, so that a new report opens it again. */
export function closedAt(group: AlertGroup, now: number): AlertGroup {
  const members = Object.entries(group.members).map(
    ([name, member]) => [name, member.status === 'firing' ? endedUnnamed(member, now) : member] as const,
  );
  return { ...group, status: 'resolved', resolvedAt: now, members: Object.fromEntries(members), rest: null };
}
