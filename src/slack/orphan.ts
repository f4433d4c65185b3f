import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Log } from '../release/parts.ts';
import type { Outbox } from '../release/store.ts';
import type { SlackClient } from './client.ts';
import { drawReply } from './reply.ts';
import { redraw } from './find-message.ts';

interface OrphanParts {
  client: { chat: Pick<SlackClient['chat'], 'update'> };
  outbox: Pick<Outbox, 'findMessage' | 'redraw'>;
  desk: { log: Log };
}

/**
 * Replaces a message that the store does not know by a link to the present one. Slack took that message but its answer
 * was lost, so the bot posted it again; nothing updates the first copy. Never throws.
 * The answer may still arrive, which makes this message the present one. It is then redrawn: here when it is known by
 * now, otherwise by the sender that posted it (see `lateMs` in `deliver.ts`).
 */
export async function replaceOrphan(
  { channel, ts }: { channel: string; ts: string },
  shown: Line[number],
  parts: OrphanParts,
): Promise<void> {
  const message = drawReply({
    lines: [line`⤵️ This is an old copy, and is not updated. Go to ${shown}.`],
  });
  try {
    await parts.client.chat.update({
      channel,
      ts,
      text: message.text,
      blocks: message.blocks as never[],
      link_names: false,
      parse: 'none',
    });
    await redraw(await parts.outbox.findMessage(channel, ts), parts);
  } catch (cause) {
    parts.desk.log.warn({ channel, ts, err: cause }, 'An old copy of a message could not be replaced');
  }
}
