import type { Notice } from '../release/store.ts';
import { mostMerged } from './cards/notice.ts';

/** True for what a person waits for, or must see now. */
export function isUrgent(notice: Notice): boolean {
  return notice.kind === 'broadcast' || notice.kind === 'private';
}

/**
 * The notices of the next message, out of those waiting, oldest first. An urgent one passes the notices of other
 * services, never those of its own. Progress of one release is merged with what follows it at once, and all adoptions
 * are one message.
 */
export function nextNotices(waiting: readonly Notice[]): Notice[] {
  const urgent = waiting.find(isUrgent);
  const queue = urgent ? waiting.filter((notice) => notice.service === urgent.service) : waiting;
  const first = queue[0];
  if (!first) return [];
  if (first.kind === 'adopted') return waiting.filter((notice) => notice.kind === 'adopted');
  if (first.kind !== 'progress') return [first];
  const other = queue.findIndex(
    ({ kind, service, release }) =>
      kind !== 'progress' || service !== first.service || release !== first.release,
  );
  return queue.slice(0, Math.min(other < 0 ? queue.length : other, mostMerged));
}
