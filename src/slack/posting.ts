/** Slack's Web API as the sender needs it: four calls, and what a failure means for the queue. */
import type { webApi } from '@slack/bolt';
import type { SlackClient } from './client.ts';
import { whatBecame } from './posted.ts';
import type { Posted } from './posted.ts';
import type { SlackMessage } from './reply.ts';

const plainly = { link_names: false, parse: 'none' } as const;
const unfolded = { ...plainly, unfurl_links: false, unfurl_media: false } as const;

/** The four calls. None throws. `backoffMs`: the pause when Slack is away. */
export interface Posting {
  post(channel: string, message: SlackMessage, thread?: { ts: string; broadcast: boolean }): Promise<Posted>;
  update(channel: string, ts: string, message: SlackMessage): Promise<Posted>;
  whisper(channel: string, user: string, message: SlackMessage, thread?: string): Promise<Posted>;
  direct(user: string, message: SlackMessage): Promise<Posted>;
}

/** The calls over Slack's client. */
export function makePosting(client: SlackClient, backoffMs: () => number): Posting {
  const tried = async (
    call: () => Promise<{
      ts?: string | undefined;
      channel?: string | undefined;
      message_ts?: string | undefined;
    }>,
    channel: string,
    doing: 'post' | 'edit' = 'post',
  ): Promise<Posted> => {
    try {
      const answer = await call();
      return { end: 'sent', ts: answer.ts ?? answer.message_ts ?? '', channel: answer.channel ?? channel };
    } catch (cause) {
      return whatBecame(cause, backoffMs(), doing);
    }
  };
  const content = ({ text, blocks }: SlackMessage): { text: string; blocks?: webApi.KnownBlock[] } => ({
    text,
    ...(blocks.length > 0 && { blocks: blocks as unknown as webApi.KnownBlock[] }),
  });
  const posting: Posting = {
    post: (channel, message, thread) =>
      tried(
        () =>
          thread === undefined
            ? client.chat.postMessage({ channel, ...content(message), ...unfolded })
            : thread.broadcast
              ? client.chat.postMessage({
                  channel,
                  thread_ts: thread.ts,
                  reply_broadcast: true,
                  ...content(message),
                  ...unfolded,
                })
              : client.chat.postMessage({ channel, thread_ts: thread.ts, ...content(message), ...unfolded }),
        channel,
      ),
    update: (channel, ts, message) =>
      tried(() => client.chat.update({ channel, ts, ...content(message), ...plainly }), channel, 'edit'),
    whisper: (channel, user, message, thread) => {
      const place = { channel, user, ...(thread !== undefined && { thread_ts: thread }) };
      return tried(() => client.chat.postEphemeral({ ...place, ...content(message), ...plainly }), channel);
    },
    async direct(user, message) {
      let channel: string | undefined;
      const opened = await tried(async () => {
        const answer = await client.conversations.open({ users: user });
        channel = answer.channel?.id;
        return {};
      }, user);
      // Without the scope to open a conversation, Slack may still take a person's id as a channel.
      if (opened.end === 'denied' && opened.error === 'missing_scope') return posting.post(user, message);
      if (opened.end !== 'sent' || channel === undefined) return opened;
      return posting.post(channel, message);
    },
  };
  return posting;
}
