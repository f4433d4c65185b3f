/**
 * How the notices of an outbox are parted, so that a storm of alerts hides nothing that is more urgent.
 * See docs/design.md#slack.
 */
import { alertCards } from './alerts/port.ts';
import type { Notice } from './store.ts';

/**
 * What releases tell, what alerts tell a channel, what else alerts tell; and of what releases tell, what became of a
 * revert, and what else somebody waits for.
 */
export const lanes = [0, 1, 2, 3, 4] as const;
/** Between the orders of two bands; no count of notices reaches it, and a double holds five of it exactly. */
export const laneSize = 1e15;
/** The bands from this one on keep one order with band 0: they only say what must be found among many. */
export const firstUrgentLane = 3;

/** Where a notice stands. Within its band it keeps the order in which it was stored. */
export function laneOf({
  service,
  kind,
  of,
}: Pick<Notice, 'service' | 'kind' | 'of'>): (typeof lanes)[number] {
  if (service === alertCards) return kind === 'broadcast' ? 1 : 2;
  if (of === 'revert') return 3;
  return of === 'approval' || kind === 'broadcast' || kind === 'private' ? 4 : 0;
}

/** The place among all that waits, of an order as it is stored. */
export function placeIn(order: number): number {
  return order >= firstUrgentLane * laneSize ? order % laneSize : order;
}
