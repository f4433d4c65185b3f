/** How the notices of an outbox are parted, so that a storm of alerts hides nothing that is more urgent. */
import { alertCards } from './alerts/port.ts';
import type { Notice } from './store.ts';

/** What releases tell, what alerts tell a channel, what else alerts tell. */
export const bands = [0, 1, 2] as const;
/** Between the orders of two bands; no count of notices reaches it, and a double holds twice of it exactly. */
export const bandSize = 1e15;

/** Where a notice stands. Within its band it keeps the order in which it was stored. */
export function bandOf({ service, kind }: Pick<Notice, 'service' | 'kind'>): (typeof bands)[number] {
  if (service !== alertCards) return 0;
  return kind === 'broadcast' ? 1 : 2;
}
