/** Slack's Web API for the sender: four calls, and what a failure means for the queue. */
import type { webApi } from '@slack/bolt';
import type { SlackClient } from './client.ts';
import { isOfChannel, classifyOutcome } from './post-outcome.ts';
import type { PostOutcome } from './post-outcome.ts';
import type { SlackMessage } from './reply.ts';

const plainly = { link_names: false, parse: 'none' } as const;
const unfolded = { ...plainly, unfurl_links: false, unfurl_media: false } as const;

/** A channel that answers only with unknown words counts as closed after this, in ms. */
const unknownMs = 600_000;
const mostRemembered = 1_000;
/** The timestamp that names a posted message; each of Slack's answers holds one. */
const ts = /^\d{1,12}\.\d{1,9}$/;

/** How long a closed channel is not asked again, in ms: it may have been opened by then. */
const closedMs = 120_000;

/** The Web API method of each call, for the meaning of its failures. */
const methods = {
  'chat.postMessage': 'post',
  'chat.update': 'edit',
  'chat.postEphemeral': 'post',
  'conversations.open': 'ask',
} as const;
type Method = keyof typeof methods;

/** The four calls. None of them throws. */
export interface Posting {
  post(
    channel: string,
    message: SlackMessage,
    thread?: { ts: string; broadcast: boolean },
  ): Promise<PostOutcome>;
  update(channel: string, ts: string, message: SlackMessage): Promise<PostOutcome>;
  respond(channel: string, user: string, message: SlackMessage, thread?: string): Promise<PostOutcome>;
  direct(user: string, message: SlackMessage): Promise<PostOutcome>;
}

/** What the calls need. */
export interface PostingParts {
  /** The pause while Slack is unavailable, ms. */
  backoffMs: () => number;
  /** A clock in ms. */
  mono: () => number;
  defaultChannel: string;
}

/** Makes the calls over Slack's client. */
export function makePosting(client: SlackClient, { backoffMs, mono, defaultChannel }: PostingParts): Posting {
  const closed = new Map<string, { error: string; until: number }>();
  /**
   * True for channels whose closed state is kept. The default channel is always asked: it takes the messages of closed
   * ones.
   */
  const keepsClosed = (channel: string): boolean => /^[CG]/.test(channel) && channel !== defaultChannel;
  const remembering = (posted: PostOutcome, channel: string): PostOutcome => {
    if (posted.end === 'sent') closed.delete(channel);
    if (posted.end !== 'closed' || !isOfChannel(posted.error) || !keepsClosed(channel)) return posted;
    if (closed.size >= mostRemembered) closed.clear();
    closed.set(channel, { error: posted.error, until: mono() + closedMs });
    return posted;
  };
  /** Since when a channel has answered with unknown words only. */
  const unknownSince = new Map<string, number>();
  const known = (posted: PostOutcome, channel: string): PostOutcome => {
    if (posted.end !== 'unknown') {
      if (posted.end === 'sent') unknownSince.delete(channel);
      return posted;
    }
    if (unknownSince.size >= mostRemembered) unknownSince.clear();
    const since = unknownSince.get(channel) ?? mono();
    unknownSince.set(channel, since);
    return mono() - since < unknownMs ? posted : { end: 'closed', error: posted.error };
  };
  /** Rate limits by method and channel, and their ends: the next call of that kind waits, too. */
  const limited = new Map<string, number>();
  const tried = async (
    method: Method,
    call: () => Promise<{
      ts?: string | undefined;
      channel?: string | undefined;
      message_ts?: string | undefined;
    }>,
    channel: string,
  ): Promise<PostOutcome> => {
    const before = closed.get(channel);
    if (before !== undefined && mono() < before.until)
      return { end: 'closed', error: before.error, remembered: true };
    const doing = methods[method];
    const key = `${method} ${channel}`;
    const restMs = (limited.get(key) ?? 0) - mono();
    if (restMs > 0) return { end: 'pause', ms: restMs, limited: true };
    try {
      const answer = await call();
      const named = answer.ts ?? answer.message_ts ?? '';
      // "ok" without a timestamp: the message may be there, but can never be edited.
      if (doing === 'post' && !ts.test(named)) return { end: 'unsure', slow: false };
      const stands = typeof answer.channel === 'string' ? answer.channel : channel;
      return remembering(known({ end: 'sent', ts: named, channel: stands }, channel), channel);
    } catch (cause) {
      const became = classifyOutcome(cause, backoffMs(), doing);
      if (became.end === 'pause' && became.limited) {
        if (limited.size >= mostRemembered) limited.clear();
        limited.set(key, mono() + became.ms);
      }
      return remembering(known(became, channel), channel);
    }
  };
  const content = ({ text, blocks }: SlackMessage): { text: string; blocks?: webApi.KnownBlock[] } => ({
    text,
    ...(blocks.length > 0 && { blocks: blocks as unknown as webApi.KnownBlock[] }),
  });
  const posting: Posting = {
    post: (channel, message, thread) =>
      tried(
        'chat.postMessage',
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
      tried(
        'chat.update',
        // According to Slack's older documentation, an edit without blocks keeps the old ones, with their buttons.
        () => client.chat.update({ channel, ts, blocks: [], ...content(message), ...plainly }),
        channel,
      ),
    respond: (channel, user, message, thread) => {
      const place = { channel, user, ...(thread !== undefined && { thread_ts: thread }) };
      return tried(
        'chat.postEphemeral',
        () => client.chat.postEphemeral({ ...place, ...content(message), ...plainly }),
        channel,
      );
    },
    async direct(user, message) {
      let channel: string | undefined;
      const opened = await tried(
        'conversations.open',
        async () => {
          const answer = await client.conversations.open({ users: user });
          channel = answer.channel?.id;
          return {};
        },
        user,
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
