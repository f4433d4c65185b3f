/** Which card is posted next, when a channel takes one message a second. */
import { alertCards, digestCards } from '../release/alerts/port.ts';
import type { AlertStore } from '../release/alerts/port.ts';
import { Fault } from '../release/fault.ts';
import type { DrawMark, Store } from '../release/store.ts';

/** What telling cards apart needs. */
export interface OrderParts {
  store: Pick<Store, 'load'>;
  alerts: Pick<AlertStore, 'load'>;
}

/** Cards that are not posted yet, in the order in which they are. */
export interface CardOrder {
  cards: DrawMark[];
  /** The first is of alerts on a service that bakes: its Revert is what somebody needs now. */
  pressing: boolean;
}

/** Alerts of a baking service first, then releases, then other alerts, then what a digest takes together. */
export async function orderCards(marks: readonly DrawMark[], parts: OrderParts): Promise<CardOrder> {
  const ranked = await Promise.all(marks.map(async (mark) => ({ mark, rank: await rankOf(mark, parts) })));
  ranked.sort((one, two) => one.rank - two.rank);
  return { cards: ranked.map(({ mark }) => mark), pressing: ranked[0]?.rank === 0 };
}

async function rankOf({ service, release }: DrawMark, { store, alerts }: OrderParts): Promise<number> {
  if (service === digestCards) return 3;
  if (service !== alertCards) return 1;
  const { group, placed } = await alerts.load(release);
  if (group?.service == null || placed?.kind !== 'own') return 2;
  try {
    return (await store.load(group.service)).record?.state === 'baking' ? 0 : 2;
  } catch (cause) {
    if (cause instanceof Fault && cause.code !== 'storage-unavailable') return 2;
    throw cause;
  }
}
