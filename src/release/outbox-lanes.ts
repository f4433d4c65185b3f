/** Priority lanes of the outbox: a storm of alerts must not delay more urgent notices. See docs/design.md#slack. */
import { alertCards } from './alerts/port.ts';
import type { Notice } from './store.ts';

/**
 * The lanes: 0 releases; 1 alerts, to a channel; 2 other notices of alerts; 3 of the releases, the reverts; 4 of the
 * releases, other notices that somebody waits for.
 */
export const lanes = [0, 1, 2, 3, 4] as const;
/** The distance between two lanes. No count of notices reaches it, and a double holds five of it exactly. */
export const laneSize = 1e15;
/** From this lane on, notices share one order with lane 0: these lanes only make them easy to find among many. */
export const firstUrgentLane = 3;

/** Returns the lane of a notice. Within a lane, notices keep the order in which they were stored. */
export function laneOf({
  service,
  kind,
  of,
}: Pick<Notice, 'service' | 'kind' | 'of'>): (typeof lanes)[number] {
  if (service === alertCards) return kind === 'broadcast' ? 1 : 2;
  if (of === 'revert') return 3;
  return of === 'approval' || kind === 'broadcast' || kind === 'private' ? 4 : 0;
}

/** Returns the place of a stored order among everything that waits. */
export function placeIn(order: number): number {
  return order >= firstUrgentLane * laneSize ? order % laneSize : order;
}
