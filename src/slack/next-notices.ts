import { alertCards } from '../release/alerts/port.ts';
import type { Notice } from '../release/store.ts';
import { mostMerged } from './cards/notice.ts';
import { ranks } from './send-ranks.ts';
import type { Rank } from './send-ranks.ts';

/** The notices of one message, and how soon it must be sent. */
export interface NextNotices {
  batch: Notice[];
  rank: Rank;
}

/** How soon a notice must be sent, by itself. */
export function rankOf({ service, kind, of }: Notice): Rank {
  if (of === 'revert') return ranks.revert;
  if (service === alertCards) return kind === 'broadcast' ? ranks.alert : ranks.rest;
  if (of === 'approval' || kind === 'broadcast' || kind === 'private') return ranks.person;
  return kind === 'progress' ? ranks.progress : ranks.rest;
}

/** Notices that must keep their order: those of one release, or of one group of alerts. */
function together(one: Notice, two: Notice): boolean {
  return one.service === two.service && one.release === two.release;
}

/**
 * The notices of the next message, out of those waiting: of the first rank that waits the oldest, and before it what its
 * release, or its group of alerts, told earlier. What other releases of the service told waits in its own rank: a revert
 * is not told after all that came before it. Progress of one release is merged with what follows it at once, and all
 * adoptions are one message.
 */
export function nextNotices(waiting: readonly Notice[]): NextNotices | undefined {
  let head: Notice | undefined;
  let rank: Rank = ranks.progress;
  for (const notice of waiting) {
    const own = rankOf(notice);
    if (head !== undefined && own >= rank) continue;
    head = notice;
    rank = own;
  }
  if (head === undefined) return undefined;
  const of = head;
  const queue = waiting.filter((notice) => together(notice, of));
  const first = queue[0] ?? head;
  if (first.kind === 'adopted') return { batch: waiting.filter(({ kind }) => kind === 'adopted'), rank };
  if (first.kind !== 'progress') return { batch: [first], rank };
  const other = queue.findIndex(({ kind }) => kind !== 'progress');
  return { batch: queue.slice(0, Math.min(other < 0 ? queue.length : other, mostMerged)), rank };
}
