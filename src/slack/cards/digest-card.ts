/** The digest of a storm of alerts: one message for many groups, redrawn at every change. */
import type { AlertGroup } from '../../release/alerts/alert.ts';
import type { DigestGroups } from '../../release/alerts/port.ts';
import { line } from '../../release/line.ts';
import type { SlackMessage } from '../reply.ts';
import { serviceName, standing, titleOf } from './alert-words.ts';
import { label, mrkdwn, plainText } from './mrkdwn.ts';

/** Groups that a digest names; it counts the others. */
export const mostInDigest = 30;
/** Most characters of a line, and of the text on a lock screen. */
const most = { line: 220, text: 150 } as const;

/** Draws the digest of a storm: one line a group, those that fire first, the worst before the others. */
export function digestCard({ groups, ...counts }: DigestGroups, revision: string): SlackMessage {
  const { count, firing } = counts;
  const shown = groups.slice(0, mostInDigest);
  const title =
    count === 0
      ? line`🌩️ ${{ bold: 'Many alerts at once: 0 more groups' }}; the groups of this digest now have their own messages.`
      : line`🌩️ ${{ bold: `Many alerts at once: ${count} more groups` }}, ${firing} firing${critical(counts)}, ${count - firing} resolved.`;
  const lines = shown.map((group) =>
    mrkdwn(line`${standing(group)} · ${summaryOf(group)} · since ${{ at: group.since }}`, most.line),
  );
  const left = count - shown.length;
  const more = left > 0 ? [`… and ${left} more.`] : [];
  const blocks: Record<string, unknown>[] = [
    {
      type: 'section',
      block_id: `digest:${revision}:title`,
      text: { type: 'mrkdwn', text: mrkdwn(title), verbatim: true },
    },
  ];
  const all = [...lines, ...more];
  for (let from = 0; from < all.length; from += 10) {
    const some = all.slice(from, from + 10).join('\n');
    blocks.push({
      type: 'section',
      block_id: `digest:${revision}:${from}`,
      text: { type: 'mrkdwn', text: some, verbatim: true },
    });
  }
  const start = `🌩️ Many alerts at once: ${count} more groups, ${firing} firing${critical(counts)}`;
  const [first] = groups.filter(isCritical);
  const lock = first === undefined ? start : `${start} · 🚨 ${summaryOf(first)}`;
  return { text: plainText([label(lock, most.text)], most.text), blocks };
}

function critical({ critical: count }: Pick<DigestGroups, 'critical'>): string {
  return count === 0 ? '' : ` (${count} critical)`;
}

function isCritical({ status, severity }: AlertGroup): boolean {
  return status === 'firing' && severity === 'critical';
}

function summaryOf(group: AlertGroup): string {
  return `${titleOf(group)} · ${serviceName(group)}`;
}
