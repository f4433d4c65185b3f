import { webApi } from '@slack/bolt';
import { codeOf, explain, innermost } from '../net/explain.ts';
import { isPassing, retryAfterMs, wordOf } from '../slack/slack-errors.ts';

/** Why a question was not answered, and what to do about that. */
export interface Failed {
  ok: false;
  /** Slack's word; undefined when no answer of Slack's came. */
  word?: string;
  /** In words for people. */
  error: string;
  /** Slack is there, and asking again later may do. */
  passing?: true;
  fix?: string;
}

/** What Slack answered, or why it did not. */
export type Asked<T> = { ok: true; answer: T } | Failed;

/** What to do when nothing of Slack's comes through. */
export const behindProxy =
  'let this machine reach it by HTTPS, or name a proxy in HTTPS_PROXY; with a proxy, check its rules';
const inItsPlace = 'check SLACK_API_URL, and whether a proxy answers in Slack’s place';

/** Asks Slack something. Never throws. */
export async function ask<T>(question: Promise<T>): Promise<Asked<T>> {
  try {
    return { ok: true, answer: await question };
  } catch (cause) {
    if (cause instanceof webApi.WebAPIRateLimitedError) {
      const seconds = retryAfterMs(cause) / 1_000;
      return {
        ok: false,
        word: 'ratelimited',
        error: `Slack limits the calls of this app now (ratelimited, for ${seconds} s)`,
        passing: true,
        fix: `wait ${seconds} s, and run doctor again`,
      };
    }
    const word = wordOf(cause);
    if (word === undefined) return { ok: false, ...unanswered(cause) };
    if (!isPassing(word)) return { ok: false, word, error: `Slack says ${word}` };
    return {
      ok: false,
      word,
      error: `Slack says ${word}: it has trouble of its own`,
      passing: true,
      fix: 'run doctor again in a few minutes; slack-status.com says how Slack is',
    };
  }
}

/** The library says no more than that a request failed; below it lies why. */
function unanswered(cause: unknown): { error: string; fix: string } {
  if (cause instanceof webApi.WebAPIHTTPError)
    return { error: `answered with HTTP status ${cause.statusCode}`, fix: inItsPlace };
  if (cause instanceof webApi.WebAPIPlatformError || cause instanceof TypeError)
    return { error: 'what answers there is not Slack', fix: inItsPlace };
  const root = innermost(cause);
  if (root instanceof Error && root.name === 'TimeoutError')
    return { error: 'no answer in time', fix: behindProxy };
  // Only what the library wrapped around it has a code: then its own words are all there is.
  const known = root !== cause || !(root instanceof webApi.WebAPIRequestError);
  const code = known ? codeOf(root) : undefined;
  const error = known ? explain(root) : root.original.message;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { error, fix: 'check the name servers of this machine, and SLACK_API_URL where it is set' };
  if (/CERT|ISSUER|LEAF_SIGNATURE/.test(code ?? ''))
    return {
      error,
      fix: 'behind a proxy that opens TLS, give the certificate of its authority in NODE_EXTRA_CA_CERTS',
    };
  return { error, fix: behindProxy };
}
