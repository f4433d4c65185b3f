/** The digest of a storm of alerts: one message for many groups, drawn anew at every change. */
import type { DigestGroups } from '../../release/alerts/port.ts';
import { line } from '../../release/line.ts';
import type { SlackMessage } from '../reply.ts';
import { heading, titleOf } from './alert-card.ts';
import { mrkdwn } from './line.ts';

/** Groups that a digest names; of the others it says how many. */
export const mostInDigest = 30;
/** Characters of one of its lines. */
const mostOfLine = 220;

/** Draws the digest of a storm: one line a group, those that fire first. */
export function digestCard({ groups, count }: DigestGroups, revision: string): SlackMessage {
  const firing = groups.filter(({ status }) => status === 'firing');
  const order = [...firing, ...groups.filter(({ status }) => status === 'resolved')].slice(0, mostInDigest);
  const title = line`🌩️ ${{ bold: `Many alerts at once: ${count} more groups` }}, ${firing.length} of the newest ${groups.length} still firing.`;
  const lines = order.map((group) =>
    mrkdwn(
      line`${heading(group)} · ${titleOf(group)} · ${group.service ?? 'no service'} · since ${{ at: group.since }}`,
      mostOfLine,
    ),
  );
  const left = count - order.length;
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
  return { text: `🌩️ Many alerts at once: ${count} more groups, ${firing.length} firing`, blocks };
}
