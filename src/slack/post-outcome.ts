import { webApi } from '@slack/bolt';
import { longestPauseS, unsaidPauseS } from './retry-after.ts';
import {
  awayErrors,
  halfwayErrors,
  isLimit,
  policyErrors,
  tokenErrors,
  slackErrorWord,
} from './slack-errors.ts';

/**
 * The outcome of a call.
 * - `pause`: not carried out; try again after `ms` (a limit, or Slack unavailable; `limited` says which).
 * - `unsure`: no answer, so that it may have been carried out. `slow`: it timed out, otherwise the answer was lost.
 * - `gone`: the message to edit, or the thread, does not exist any more.
 * - `closed`: this place cannot be posted to. `remembered`: Slack was not asked, because it said so a moment ago.
 * - `refused`: Slack will never take this content.
 * - `unknown`: Slack said no by a word that this version does not know.
 * - `denied`: token or scopes are wrong; nothing works until a person fixes them.
 */
export type PostOutcome =
  | { end: 'sent'; ts: string; channel: string }
  | { end: 'pause'; ms: number; limited: boolean }
  | { end: 'unsure'; slow: boolean }
  | { end: 'gone'; error: string }
  | { end: 'closed'; error: string; remembered?: true }
  | { end: 'refused'; error: string }
  | { end: 'unknown'; error: string; edit: boolean }
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
/** Errors that move a message to another channel, for good. */
const closed = new Set([
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'is_inactive',
  'not_in_group',
  'group_not_found',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'posting_to_general_channel_denied',
  'channel_type_not_supported',
  'method_not_supported_for_channel_type',
  'channel_is_limited_access',
  'user_not_found',
  'user_not_visible',
  'user_not_in_channel',
  'user_disabled',
  'users_not_found',
  'users_list_not_supplied',
  'cannot_dm_bot',
  'messages_tab_disabled',
  // "Make sure your app is a member of the conversation it's attempting to post a message to."
  'no_permission',
  // A channel of another workspace of the organization, or one that the app was not added to.
  'team_access_not_granted',
]);
/** Errors among these about the person, or about the thread: the channel itself still accepts posts. */
const notOfChannel = /^user|^cannot_dm_bot$|^messages_tab_disabled$|^restricted_action_thread_only_channel$/;
/** True when a `closed` is about the whole channel. */
export const isOfChannel = (error: string): boolean => !notOfChannel.test(error);
const malformed =
  /^(?:invalid_(?:blocks|arguments|arg_name|array_arg|metadata|attachments|form_data|json|post_type|charset)|msg_|no_text|too_many_|markdown_text|metadata_|attachment_)/;

/**
 * Classifies a failed call (errors by https://docs.slack.dev/reference/methods/chat.postMessage and chat.update). An
 * answer without a word of Slack's (a proxy's page, an empty body) means that Slack is unavailable. `backoffMs`: the
 * pause then. `doing`: a repeated edit or question has the same effect, so that these are never `unsure`.
 */
export function classifyOutcome(
  cause: unknown,
  backoffMs: number,
  doing: 'post' | 'edit' | 'ask',
): PostOutcome {
  const pause = (ms: number, limited: boolean): PostOutcome => ({ end: 'pause', ms, limited });
  const unsure = (slow: boolean): PostOutcome =>
    doing === 'post' ? { end: 'unsure', slow } : pause(backoffMs, false);
  if (cause instanceof webApi.WebAPIRateLimitedError)
    return pause(Math.min(longestPauseS, Math.max(1, cause.retryAfter || unsaidPauseS)) * 1_000, true);
  if (cause instanceof webApi.WebAPIHTTPError)
    return [500, 502, 504].includes(cause.statusCode)
      ? unsure(cause.statusCode === 504)
      : pause(backoffMs, false);
  if (cause instanceof webApi.WebAPIRequestError)
    return neverSent(cause) ? pause(backoffMs, false) : unsure(isTimeout(cause));
  const error = slackErrorWord(cause);
  // A word that the client made up, or a text that is no word, is not Slack's answer.
  if (error === undefined) return pause(backoffMs, false);
  if (isLimit(error)) return pause(unsaidPauseS * 1_000, true);
  if (gone.has(error)) return { end: 'gone', error };
  if (tokenErrors.has(error) || policyErrors.has(error)) return { end: 'denied', error };
  if (closed.has(error)) return { end: 'closed', error };
  if (halfwayErrors.has(error)) return unsure(false);
  if (awayErrors.has(error)) return pause(backoffMs, false);
  if (malformed.test(error)) return { end: 'refused', error };
  return { end: 'unknown', error, edit: doing === 'edit' };
}

/** Yields the errors below an error: `fetch` hides its cause, and a name may have several addresses. */
function* within(cause: unknown, depth = 0): Generator<Error & { code?: unknown; syscall?: unknown }> {
  if (!(cause instanceof Error) || depth > 5) return;
  yield cause;
  if (cause instanceof AggregateError) for (const each of cause.errors) yield* within(each, depth + 1);
  yield* within(cause.cause, depth + 1);
}

/** True when no connection was made, or it led elsewhere, so that Slack has not seen the request. */
function neverSent(cause: unknown): boolean {
  const early = /^UND_ERR_CONNECT_TIMEOUT$|CERT|^ERR_(?:TLS|SSL)|SELF_SIGNED|UNABLE_TO_/;
  for (const { code, syscall, message } of within(cause)) {
    if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
    if (typeof code === 'string' && early.test(code)) return true;
    if (/unexpected redirect|HTTP Tunneling/i.test(message)) return true;
  }
  return false;
}

function isTimeout(cause: unknown): boolean {
  for (const { name, code } of within(cause))
    if (name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
      return true;
  return false;
}
