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

/** The urgency of one notice. */
export function rankOf({ service, kind, of }: Notice): Rank {
  if (of === 'revert') return ranks.revert;
  if (service === alertCards) return kind === 'broadcast' ? ranks.alert : ranks.rest;
  if (of === 'approval' || kind === 'broadcast' || kind === 'private') return ranks.person;
  return kind === 'progress' ? ranks.progress : ranks.rest;
}

/** True for notices that must keep their order: those of one release, or of one group of alerts. */
function together(one: Notice, two: Notice): boolean {
  return one.service === two.service && one.release === two.release;
}

/**
 * Chooses the notices of the next message: the oldest of the most urgent rank, after the earlier notices of its release
 * or group of alerts. Notices of the service's other releases wait in their own rank, so that they do not delay a
 * revert's. Progress of one release is merged with the progress right after it, and all adoptions are one message.
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
