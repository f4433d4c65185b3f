import { alertCards } from '../release/alerts/port.ts';
import type { Notice } from '../release/store.ts';
import { mostMerged } from './cards/notice.ts';

/** True for what a person waits for, or must see now. */
export function isUrgent(notice: Notice): boolean {
  return notice.kind === 'broadcast' || notice.kind === 'private';
}

/** Notices that must keep their order: of one service, or of one group of alerts. */
function together(one: Notice, two: Notice): boolean {
  return one.service === two.service && (one.service !== alertCards || one.release === two.release);
}

/**
 * The notices of the next message, out of those waiting, oldest first. An urgent one passes the notices of other
 * services, never those of its own; those of releases (a revert, an approval) pass those of alerts. Progress of one release is merged with what follows it at once, and all adoptions
 * are one message.
 */
export function nextNotices(waiting: readonly Notice[]): Notice[] {
  const urgents = waiting.filter(isUrgent);
  const head = urgents.find(({ service }) => service !== alertCards) ?? urgents[0] ?? waiting[0];
  const queue = head ? waiting.filter((notice) => together(notice, head)) : [];
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
