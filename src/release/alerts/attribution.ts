/** Relates the alerts of a group to a release: when they began, and which color they name. Pure. */
import type { Color } from '../color.ts';
import { formatDuration } from '../duration.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import { idleColor } from '../release.ts';
import { wayBack } from '../way-back.ts';
import type { AlertGroup, Follows, Member } from './alert.ts';
import { isSwitching, releaseInWindow } from './context.ts';
import type { AlertContext } from './context.ts';

/** Returns the members that fire. */
export function firingOf({ members }: Pick<AlertGroup, 'members'>): Member[] {
  return Object.values(members).filter(({ status }) => status === 'firing');
}

/** Returns true when the rule of this alert has no verdict: it says nothing about a release. */
function isVerdictless({ trouble }: Member): boolean {
  return trouble !== undefined;
}

/**
 * Returns how these alerts began, compared with the switch of the release in its window; null: none is in its window.
 */
export function switchFollowed(all: readonly Member[], context: AlertContext): Follows | null {
  const members = all.filter((member) => !isVerdictless(member));
  const release = releaseInWindow(context);
  if (release?.promotedAt === undefined || members.length === 0) return null;
  const { id, number, version, color, promotedAt, switchMs = 0 } = release;
  // The record was saved when the switch was verified; the switch began this much earlier.
  const switchedAt = promotedAt - switchMs;
  const apart = members.map(({ since }) => since - switchedAt);
  const first = Math.min(...apart);
  const after = apart.filter((ms) => ms >= 0);
  const afterMs = after.length > 0 ? Math.min(...after) : first;
  const both = after.length > 0 && first < 0;
  return { release: id, number, version, color, switchedAt, afterMs, ...(both && { beforeMs: -first }) };
}

/**
 * Returns what the group follows: by the release in its window now and the alerts that fire now. For a resolved
 * group, and after the window, the last result. Null: nothing, also while a promote is under way.
 */
export function followed(group: AlertGroup, context: AlertContext): Follows | null {
  if (group.status === 'resolved') return group.follows;
  if (context.record?.state === 'promoting') return null;
  return switchFollowed(firingOf(group), context) ?? group.follows;
}

/**
 * Returns what a save of the group keeps, by these alerts. A comparison belongs to the release for which it was made.
 */
export function seenIn(
  { follows, compared }: Pick<AlertGroup, 'follows' | 'compared'>,
  members: readonly Member[],
  context: AlertContext,
): Pick<AlertGroup, 'follows' | 'compared'> {
  const now = switchFollowed(members, context);
  if (now !== null) return { follows: now, compared: now.release === follows?.release ? compared : null };
  return { follows: isOver(follows, context) ? { ...follows, over: true } : follows, compared };
}

/** Returns true when the window of the followed release is over, and no save has recorded that yet. */
export function isOver(follows: Follows | null, context: AlertContext): follows is Follows {
  return (
    follows !== null &&
    follows.over !== true &&
    !isSwitching(context.record) &&
    releaseInWindow(context) === undefined
  );
}

/** Returns true when everything that fires began before the switch. */
export function beganBefore(follows: Follows | null): boolean {
  return follows !== null && follows.afterMs < 0;
}

/** Returns the color without traffic, when everything that fires names it. */
export function idleNamed(group: AlertGroup, { record }: AlertContext): Color | undefined {
  if (record === null || group.status === 'resolved' || isSwitching(record)) return undefined;
  const idle = idleColor(record);
  const firing = firingOf(group);
  return firing.length > 0 && firing.every(({ color }) => color === idle) ? idle : undefined;
}

/**
 * Returns whether a firing group offers a revert (there is a way back, and no switch under way) and whether it is
 * likely to help: hardly, if the release is not the cause. Undefined: not offered.
 */
export function offersRevert(group: AlertGroup, context: AlertContext): 'likely' | 'unlikely' | undefined {
  const { record } = context;
  if (group.status === 'resolved' || group.dropped || record === null) return undefined;
  if (releaseInWindow(context) === undefined || wayBack(record) === undefined) return undefined;
  const firing = firingOf(group);
  const unlikely =
    (firing.length > 0 && firing.every(isVerdictless)) ||
    beganBefore(followed(group, context)) ||
    idleNamed(group, context) !== undefined;
  return unlikely ? 'unlikely' : 'likely';
}

/** Returns that in words; empty for null. */
export function followsLine(follows: Follows | null): Line {
  if (follows === null) return [];
  const { number, afterMs, beforeMs } = follows;
  const live = `release #${number} went live`;
  if (beforeMs !== undefined)
    return line`Part of it fired ${apart(afterMs)} after ${live}, part ${apart(beforeMs)} before.`;
  return line`Fired ${apart(afterMs)} ${afterMs < 0 ? 'before' : 'after'} ${live}.`;
}

function apart(ms: number): string {
  return formatDuration(Math.abs(ms));
}
