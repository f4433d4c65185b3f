/** What Slack's error words mean, for all code that decides by them. */
import type { webApi } from '@slack/bolt';

/** Errors of the token itself: a person must set another. */
export const tokenErrors: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
]);
/** Errors of permission: an administrator of Slack, or the scopes of the app, do not allow the call. */
export const policyErrors: ReadonlySet<string> = new Set([
  'missing_scope',
  'org_login_required',
  'two_factor_setup_required',
  'access_denied',
  'accesslimited',
  'ekm_access_denied',
  'enterprise_is_restricted',
]);
/** Errors of Slack's own trouble, in which it did nothing. */
export const awayErrors: ReadonlySet<string> = new Set([
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'external_channel_migrating',
  'update_failed',
]);
/** Errors after which, in Slack's words, "it is possible some aspect of the operation succeeded". */
export const halfwayErrors: ReadonlySet<string> = new Set(['internal_error', 'fatal_error']);

/** True for a rate limit that comes as a word, without the 429. */
export const isLimit = (word: string): boolean => /^rate_?limited$|^message_limit_exceeded$/.test(word);

/** True when Slack, not the caller, must change: the same call may succeed in a moment. */
export const isPassing = (word: string): boolean =>
  awayErrors.has(word) || halfwayErrors.has(word) || isLimit(word);

// Checks the error's code, not its class: the command line never calls Slack and need not load its client.
const hasCode = (cause: unknown, code: string): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === code;

/** True when Slack answered with a word that says no. */
export const isPlatformError = (cause: unknown): cause is webApi.WebAPIPlatformError =>
  hasCode(cause, 'slack_webapi_platform_error');

const isRateLimited = (cause: unknown): cause is webApi.WebAPIRateLimitedError =>
  hasCode(cause, 'slack_webapi_rate_limited_error');

/**
 * The word with which Slack said no; undefined when it said nothing, or when the answer is not Slack's: the client
 * takes a body that is no JSON (a proxy's page) for the word.
 */
export function slackErrorWord(cause: unknown): string | undefined {
  if (!isPlatformError(cause)) return undefined;
  const { error } = cause.data as { error: unknown };
  return typeof error === 'string' && /^[a-z][a-z0-9_]{0,99}$/.test(error) ? error : undefined;
}

/** The pause that Slack, or a proxy before it, asks for, in ms; 0 when it named none. */
export function slackPauseMs(cause: unknown): number {
  return isRateLimited(cause) ? cause.retryAfter * 1_000 : 0;
}
