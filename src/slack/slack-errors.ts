/** What Slack's error words mean, for everything that decides by them. */
import type { webApi } from '@slack/bolt';

/** The token itself is wrong: a person must give another. */
export const tokenErrors: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
]);
/** The token is right, and an administrator of Slack, or the scopes of the app, do not let it. */
export const policyErrors: ReadonlySet<string> = new Set([
  'missing_scope',
  'org_login_required',
  'two_factor_setup_required',
  'access_denied',
  'accesslimited',
  'ekm_access_denied',
  'enterprise_is_restricted',
]);
/** Slack has trouble of its own, and did nothing. */
export const awayErrors: ReadonlySet<string> = new Set([
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'external_channel_migrating',
  'update_failed',
]);
/** By Slack's own words, "it is possible some aspect of the operation succeeded". */
export const halfwayErrors: ReadonlySet<string> = new Set(['internal_error', 'fatal_error']);

/** A limit that was told by a word, without the 429. */
export const isLimit = (word: string): boolean => /^rate_?limited$|^message_limit_exceeded$/.test(word);

/** True when Slack, not the caller, is what must change: the same call may do in a moment. */
export const isPassing = (word: string): boolean =>
  awayErrors.has(word) || halfwayErrors.has(word) || isLimit(word);

// By the code of the error, not by its class: the command line, which asks Slack nothing, need not load Slack's client.
const hasCode = (cause: unknown, code: string): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === code;

/** True when Slack answered with a word that says no. */
export const isPlatformError = (cause: unknown): cause is webApi.WebAPIPlatformError =>
  hasCode(cause, 'slack_webapi_platform_error');

const isRateLimited = (cause: unknown): cause is webApi.WebAPIRateLimitedError =>
  hasCode(cause, 'slack_webapi_rate_limited_error');

/**
 * The word with which Slack said no; undefined when it said nothing, or what came is none of Slack's: the client takes
 * a body that is no JSON (a proxy's page) for the word.
 */
export function wordOf(cause: unknown): string | undefined {
  if (!isPlatformError(cause)) return undefined;
  const { error } = cause.data as { error: unknown };
  return typeof error === 'string' && /^[a-z][a-z0-9_]{0,99}$/.test(error) ? error : undefined;
}

/** How long Slack, or a proxy before it, wants to be left alone, ms; 0 when it did not say. */
export function retryAfterMs(cause: unknown): number {
  return isRateLimited(cause) ? cause.retryAfter * 1_000 : 0;
}
