/** Slack's Web API as the sender needs it: four calls, and what a failure means for the queue. */
import { webApi } from '@slack/bolt';
import type { SlackClient } from './client.ts';
import type { SlackMessage } from './reply.ts';

/**
 * What became of a call. `pause`: try again after `ms` (a limit, or Slack away; `limited` says which). `gone`: the
 * message to edit is not there any more. `closed`: this place cannot be posted to. `refused`: Slack will never take
 * this content. `denied`: token or scopes are wrong; nothing works until a person mends it.
 */
export type Posted =
  | { end: 'sent'; ts: string; channel: string }
  | { end: 'pause'; ms: number; limited: boolean }
  | { end: 'gone' | 'closed' | 'refused' | 'denied'; error: string };

const gone = [
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'thread_not_found',
  'cant_delete_message',
];
const closed = [
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'restricted_action_non_threadable_channel',
  'messages_tab_disabled',
  'user_not_in_channel',
  'user_not_found',
  'user_disabled',
  'cannot_dm_bot',
];
const denied = [
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'no_permission',
  'org_login_required',
  'team_access_not_granted',
];

function classify(cause: unknown, backoffMs: number): Posted {
  if (cause instanceof webApi.WebAPIRateLimitedError)
    return { end: 'pause', ms: Math.max(1, cause.retryAfter) * 1_000, limited: true };
  if (!(cause instanceof webApi.WebAPIPlatformError)) return { end: 'pause', ms: backoffMs, limited: false };
  const error = String(cause.data.error);
  if (error === 'ratelimited' || error === 'rate_limited') return { end: 'pause', ms: 5_000, limited: true };
  if (gone.includes(error)) return { end: 'gone', error };
  if (closed.includes(error)) return { end: 'closed', error };
  if (denied.includes(error)) return { end: 'denied', error };
  if (/^(internal_error|fatal_error|service_unavailable|request_timeout|team_added_to_org)$/.test(error))
    return { end: 'pause', ms: backoffMs, limited: false };
  return { end: 'refused', error };
}

const plainly = { unfurl_links: false, unfurl_media: false, link_names: false } as const;

/** The four calls. None throws. `backoffMs`: the pause when Slack is away. */
export interface Posting {
  post(channel: string, message: SlackMessage, thread?: { ts: string; broadcast: boolean }): Promise<Posted>;
  update(channel: string, ts: string, message: SlackMessage): Promise<Posted>;
  whisper(channel: string, user: string, message: SlackMessage): Promise<Posted>;
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
  ): Promise<Posted> => {
    try {
      const answer = await call();
      return { end: 'sent', ts: answer.ts ?? answer.message_ts ?? '', channel: answer.channel ?? channel };
    } catch (cause) {
      return classify(cause, backoffMs());
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
            ? client.chat.postMessage({ channel, ...content(message), ...plainly })
            : thread.broadcast
              ? client.chat.postMessage({
                  channel,
                  thread_ts: thread.ts,
                  reply_broadcast: true,
                  ...content(message),
                  ...plainly,
                })
              : client.chat.postMessage({ channel, thread_ts: thread.ts, ...content(message), ...plainly }),
        channel,
      ),
    update: (channel, ts, message) =>
      tried(() => client.chat.update({ channel, ts, ...content(message), link_names: false }), channel),
    whisper: (channel, user, message) =>
      tried(
        () => client.chat.postEphemeral({ channel, user, ...content(message), link_names: false }),
        channel,
      ),
    async direct(user, message) {
      let channel: string | undefined;
      const opened = await tried(async () => {
        const answer = await client.conversations.open({ users: user });
        channel = answer.channel?.id;
        return {};
      }, user);
      if (opened.end !== 'sent' || channel === undefined) return opened;
      return posting.post(channel, message);
    },
  };
  return posting;
}
