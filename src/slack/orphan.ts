import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { PressParts } from './buttons.ts';
import { drawReply } from './reply.ts';
import { redraw } from './find-message.ts';

/**
 * Replaces a message of the bot that the store does not know by the way to the one that is shown. Slack took it and its
 * answer was lost, so that it was posted again and nothing draws this copy. Never throws.
 *
 * The answer may still come, and the message is then the one that is shown: it is drawn again, here when it is known by
 * now, and else by who posted it (see `lateMs` in `deliver.ts`).
 */
export async function replaceOrphan(
  { channel, ts }: { channel: string; ts: string },
  shown: Line[number],
  parts: PressParts,
): Promise<void> {
  const message = drawReply({
    lines: [line`⤵️ This is an old copy, and is not kept up to date. Go to ${shown}.`],
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
