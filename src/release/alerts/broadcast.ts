/** When the channel is told of a group that fires critically: once a title, and not by each turn of one that flaps. Pure. */
import type { AlertGroup, Member } from './alert.ts';
import { isSilent } from './context.ts';
import type { AlertContext } from './context.ts';
import { firingOf } from './attribution.ts';
import { stormMs } from './port.ts';
import { isUnacknowledged, untoldDueAt, withTold } from './announced.ts';
import { mostAgain, ringAgainMs } from '../unanswered.ts';

export function isCritical({ severity }: Pick<Member, 'severity'>): boolean {
  return severity === 'critical';
}

/**
 * When the channel is to be told of this group; undefined: it is not, or was told of all that fires critically. What
 * was told a short while ago, and ended meanwhile, waits as long as reminders do.
 */
export function broadcastDueAt(group: AlertGroup, context: AlertContext): number | undefined {
  return group.status === 'firing' && !isSilent(group, context) ? untoldDueAt(group, context) : undefined;
}

/** False for one of which nothing was, or is to be, told to the channel: it is the same wherever it stands. */
export function hasToTell(group: AlertGroup): boolean {
  return group.broadcastAt != null || group.surfaceAt != null || firingOf(group).some(isCritical);
}

/** Messages that told the channel of one group, and are drawn again as things go on. */
const mostRings = 5;

/** The group as it is once its channel is told now, by a notice of the id of its last ring. */
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
 * When it rings again: it fires critically, and nobody has acknowledged it, silenced it, or done anything about its
 * service. While a bake is unhealthy, that rings for both.
 */
export function ringsAgainAt(group: AlertGroup, context: AlertContext): number | undefined {
  const { ringAt } = group;
  if (ringAt == null || group.status !== 'firing' || group.dropped || isSilent(group, context))
    return undefined;
  if (!firingOf(group).some(isCritical) || !isUnacknowledged(group)) return undefined;
  const { pressedAt = 0, bake } = context.record ?? {};
  return pressedAt > ringAt - ringAgainMs || bake?.verdict === 'unhealthy' ? undefined : ringAt;
}

/** The group as it is once it rings again now. */
export function withRingAgain(group: AlertGroup, context: AlertContext): AlertGroup {
  const rung = (group.rung ?? 0) + 1;
  return { ...withRing(group, context), rung, ringAt: rung < mostAgain ? context.now + ringAgainMs : null };
}

/**
 * The group as it is when what was told of it reached nobody: it stands in a digest. What is to be told asks for a message
 * of its own when the minute of the storm is over; `again`: a minute from now, since it opens now, or asks now.
 */
export function withoutBroadcast(group: AlertGroup, context: AlertContext, again = false): AlertGroup {
  const rings = group.rings?.filter(({ at }) => at !== group.broadcastAt);
  const untold = { ...group, broadcast: null, broadcastAt: null, told: [], rings, ringAt: null };
  const waits = broadcastDueAt(untold, context) !== undefined;
  const known = again ? null : group.surfaceAt;
  return { ...untold, surfaceAt: waits ? (known ?? context.now + stormMs) : null };
}
