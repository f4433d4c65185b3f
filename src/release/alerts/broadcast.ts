/** Decides when the channel is notified of a critical group: once per title, even if it flaps. Pure. */
import type { AlertGroup, Member } from './alert.ts';
import { isSilent } from './context.ts';
import type { AlertContext } from './context.ts';
import { firingOf } from './attribution.ts';
import { stormMs } from './port.ts';
import { isUnacknowledged, untoldDueAt, withTold } from './announced.ts';
import { mostAgain, ringAgainMs } from '../unanswered.ts';

/** Returns true for a critical alert. */
export function isCritical({ severity }: Pick<Member, 'severity'>): boolean {
  return severity === 'critical';
}

/**
 * Returns when the channel must be notified of this group; undefined: not at all, or it has been notified of
 * everything that fires critically. What was announced a short while ago and ended meanwhile waits as long as
 * reminders do.
 */
export function broadcastDueAt(group: AlertGroup, context: AlertContext): number | undefined {
  return group.status === 'firing' && !isSilent(group, context) ? untoldDueAt(group, context) : undefined;
}

/** Returns false for a group with no past or pending notice to the channel: its place makes no difference. */
export function hasToTell(group: AlertGroup): boolean {
  return group.broadcastAt != null || group.surfaceAt != null || firingOf(group).some(isCritical);
}

/** How many notices of one group to the channel are remembered and drawn again. */
const mostRings = 5;

/** Returns the group after its channel is notified now, by a notice with the id of its last ring. */
export function withBroadcast(group: AlertGroup, context: AlertContext): AlertGroup {
  const { now } = context;
  const rung = { ringAt: now + ringAgainMs, rung: 0 };
  return { ...withTold(withRing(group, context), { now }), broadcast: 'critical', broadcastAt: now, ...rung };
}

function withRing(group: AlertGroup, { now }: Pick<AlertContext, 'now'>): AlertGroup {
  const ring = { id: `${group.id}-${now.toString(36)}-${group.revision}`, at: now };
  return { ...group, rings: [...(group.rings ?? []), ring].slice(-mostRings) };
}

/**
 * Returns when people are mentioned again: it fires critically, and nobody has acknowledged it, silenced it, or acted
 * on its service. While a bake is unhealthy, the bake's notice mentions people for both.
 */
export function ringsAgainAt(group: AlertGroup, context: AlertContext): number | undefined {
  const { ringAt } = group;
  if (ringAt == null || group.status !== 'firing' || group.dropped || isSilent(group, context))
    return undefined;
  if (!firingOf(group).some(isCritical) || !isUnacknowledged(group)) return undefined;
  const { pressedAt = 0, bake } = context.record ?? {};
  return pressedAt > ringAt - ringAgainMs || bake?.verdict === 'unhealthy' ? undefined : ringAt;
}

/** Returns the group after people were mentioned again now. */
export function withRingAgain(group: AlertGroup, context: AlertContext): AlertGroup {
  const rung = (group.rung ?? 0) + 1;
  return { ...withRing(group, context), rung, ringAt: rung < mostAgain ? context.now + ringAgainMs : null };
}

/**
 * Returns the group as it is when its notices reached nobody, because it is in a digest. What must be announced asks
 * for its own message when the minute of the storm is over; `again`: a minute from now, because it opens or asks now.
 */
export function withoutBroadcast(group: AlertGroup, context: AlertContext, again = false): AlertGroup {
  const rings = group.rings?.filter(({ at }) => at !== group.broadcastAt);
  const untold = { ...group, broadcast: null, broadcastAt: null, told: [], rings, ringAt: null };
  const waits = broadcastDueAt(untold, context) !== undefined;
  const known = again ? null : group.surfaceAt;
  return { ...untold, surfaceAt: waits ? (known ?? context.now + stormMs) : null };
}
