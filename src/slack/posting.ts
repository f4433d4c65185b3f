/** Slack's Web API as the sender needs it: four calls, and what a failure means for the queue. */
import type { webApi } from '@slack/bolt';
import type { SlackClient } from './client.ts';
import { whatBecame } from './posted.ts';
import type { Posted } from './posted.ts';
import type { SlackMessage } from './reply.ts';

const plainly = { link_names: false, parse: 'none' } as const;
const unfolded = { ...plainly, unfurl_links: false, unfurl_media: false } as const;

/** A channel in which only words come that this version does not know is taken as closed after this, ms. */
const unknownMs = 600_000;
const mostRemembered = 1_000;
/** What names a message that stands: Slack's answers hold one. */
const ts = /^\d{1,12}\.\d{1,9}$/;

/** The four calls. None throws. `backoffMs`: the pause when Slack is away. */
export interface Posting {
  post(channel: string, message: SlackMessage, thread?: { ts: string; broadcast: boolean }): Promise<Posted>;
  update(channel: string, ts: string, message: SlackMessage): Promise<Posted>;
  whisper(channel: string, user: string, message: SlackMessage, thread?: string): Promise<Posted>;
  direct(user: string, message: SlackMessage): Promise<Posted>;
}

/** The calls over Slack's client. */
export function makePosting(client: SlackClient, backoffMs: () => number, mono: () => number): Posting {
  /** Since when a channel was answered with nothing but unknown words. */
  const unknownSince = new Map<string, number>();
  const known = (posted: Posted, channel: string): Posted => {
    if (posted.end !== 'unknown') {
      if (posted.end === 'sent') unknownSince.delete(channel);
      return posted;
    }
    if (unknownSince.size >= mostRemembered) unknownSince.clear();
    const since = unknownSince.get(channel) ?? mono();
    unknownSince.set(channel, since);
    return mono() - since < unknownMs ? posted : { end: 'closed', error: posted.error };
  };
  const tried = async (
    call: () => Promise<{
      ts?: string | undefined;
      channel?: string | undefined;
      message_ts?: string | undefined;
    }>,
    channel: string,
    doing: 'post' | 'edit' | 'ask' = 'post',
  ): Promise<Posted> => {
    try {
      const answer = await call();
      const named = answer.ts ?? answer.message_ts ?? '';
      // "ok" without the name of the message: it may stand there, and can never be edited.
      if (doing === 'post' && !ts.test(named)) return { end: 'unsure', slow: false };
      const stands = typeof answer.channel === 'string' ? answer.channel : channel;
      return known({ end: 'sent', ts: named, channel: stands }, channel);
    } catch (cause) {
      return known(whatBecame(cause, backoffMs(), doing), channel);
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
      const opened = await tried(
        async () => {
          const answer = await client.conversations.open({ users: user });
          channel = answer.channel?.id;
          return {};
        },
        user,
        'ask',
      );
      // Without the scope to open a conversation, Slack may still take a person's id as a channel.
      if (opened.end === 'denied' && opened.error === 'missing_scope') return posting.post(user, message);
      if (opened.end !== 'sent') return opened;
      if (channel === undefined) return { end: 'pause', ms: backoffMs(), limited: false };
      return posting.post(channel, message);
    },
  };
  return posting;
}
