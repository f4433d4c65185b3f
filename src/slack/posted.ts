import { webApi } from '@slack/bolt';

/**
 * What became of a call. `pause`: try again after `ms` (a limit, or Slack away; `limited` says which). `gone`: the
 * message to edit, or the thread, is not there any more. `closed`: this place cannot be posted to. `refused`: Slack
 * will never take this content. `denied`: token or scopes are wrong; nothing works until a person mends it.
 */
export type Posted =
  | { end: 'sent'; ts: string; channel: string }
  | { end: 'pause'; ms: number; limited: boolean }
  | { end: 'gone'; error: string }
  | { end: 'closed'; error: string }
  | { end: 'refused'; error: string }
  | { end: 'denied'; error: string };

const gone = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'thread_not_found',
  'invalid_thread_ts',
  'cannot_reply_to_message',
  'restricted_action_non_threadable_channel',
  'restricted_action_thread_locked',
]);
const denied = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'org_login_required',
  'team_access_not_granted',
]);
const away = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);
const malformed =
  /^(?:invalid_(?:blocks|arguments|arg_name|array_arg|metadata|attachments|form_data|json|post_type)|msg_|no_text|too_many_|markdown_text)/;

/** Slack does not say how long, when it says so in a body instead of a 429, ms. */
const unsaidMs = 5_000;

/**
 * Reads a failed call (errors by https://docs.slack.dev/reference/methods/chat.postMessage and chat.update). What is not
 * known makes a place closed to posts, so that the next one is tried, and an edit refused. `backoffMs`: the pause when
 * Slack is away.
 */
export function whatBecame(cause: unknown, backoffMs: number, doing: 'post' | 'edit'): Posted {
  if (cause instanceof webApi.WebAPIRateLimitedError)
    return { end: 'pause', ms: Math.max(1, cause.retryAfter) * 1_000, limited: true };
  if (!(cause instanceof webApi.WebAPIPlatformError)) return { end: 'pause', ms: backoffMs, limited: false };
  const error = String(cause.data.error);
  if (/^rate_?limited$|^message_limit_exceeded$/.test(error))
    return { end: 'pause', ms: unsaidMs, limited: true };
  if (gone.has(error)) return { end: 'gone', error };
  if (denied.has(error)) return { end: 'denied', error };
  if (away.has(error)) return { end: 'pause', ms: backoffMs, limited: false };
  if (malformed.test(error)) return { end: 'refused', error };
  const place = /channel|archived|restricted|user|tab_disabled|dm_bot/.test(error);
  return { end: doing === 'post' || place ? 'closed' : 'refused', error };
}
