import type { DrawMark, Notice } from '../release/store.ts';
import { makeCardOrder } from './card-order.ts';
import type { OrderParts, RankedCard } from './card-order.ts';
import { nextNotices } from './next-notices.ts';
import type { NextNotices } from './next-notices.ts';

/** The queue of a channel, as one look found it. */
export interface SendQueue {
  next: NextNotices | undefined;
  /** The most urgent card that is not posted yet. */
  card: RankedCard | undefined;
  /** The most urgent unposted card of a release. */
  release: RankedCard | undefined;
  /** The card, not posted here yet, in whose thread `next` belongs. */
  own: DrawMark | undefined;
  /** Posted cards to edit, the most urgent first. */
  posted: RankedCard[];
}

/** Makes the function that sorts a channel's queue. */
export function makeSendQueue(
  parts: OrderParts,
): (channel: string, notices: readonly Notice[], draws: readonly DrawMark[]) => Promise<SendQueue> {
  const order = makeCardOrder(parts);
  return async (channel, notices, draws) => {
    const next = nextNotices(notices);
    const first = next?.batch[0];
    const cards = await order(draws);
    const own = cards.find(
      ({ mark, shown }) =>
        first !== undefined &&
        first.kind !== 'private' &&
        mark.service === first.service &&
        mark.release === first.release &&
        shown?.channel !== channel,
    );
    const unposted = cards.filter(({ shown }) => shown === null);
    return {
      next,
      card: unposted[0],
      release: unposted.find(({ mark: { service } }) => !service.startsWith('@')),
      own: own?.mark,
      posted: cards.filter(({ shown }) => shown !== null),
    };
  };
}
