import { webApi } from '@slack/bolt';
import { codeOf, explain, innermost } from '../net/explain.ts';
import { isPassing, slackPauseMs, slackErrorWord } from '../slack/slack-errors.ts';

/** Why a question failed, and what to do about it. */
export interface Failed {
  ok: false;
  /** Slack's error word; undefined when Slack did not answer. */
  word?: string;
  /** The error in plain words. */
  error: string;
  /** Slack is available, and a later attempt may succeed. */
  passing?: true;
  fix?: string;
}

/** Slack's answer, or why there is none. */
export type SlackAnswer<T> = { ok: true; answer: T } | Failed;

/** What to do when no answer of Slack's arrives. */
export const behindProxy =
  'let this machine reach it by HTTPS, or set a proxy in HTTPS_PROXY; if a proxy is set, check its rules';
const inItsPlace = 'check SLACK_API_URL, and whether a proxy answers in Slack’s place';

/** Waits for an answer of Slack. Never throws. */
export async function askSlack<T>(question: Promise<T>): Promise<SlackAnswer<T>> {
  try {
    return { ok: true, answer: await question };
  } catch (cause) {
    if (cause instanceof webApi.WebAPIRateLimitedError) {
      const seconds = slackPauseMs(cause) / 1_000;
      return {
        ok: false,
        word: 'ratelimited',
        error: `Slack limits the calls of this app now (ratelimited, for ${seconds} s)`,
        passing: true,
        fix: `wait ${seconds} s, and run doctor again`,
      };
    }
    const word = slackErrorWord(cause);
    if (word === undefined) return { ok: false, ...unanswered(cause) };
    if (!isPassing(word)) return { ok: false, word, error: `Slack says ${word}` };
    return {
      ok: false,
      word,
      error: `Slack says ${word}: it has trouble of its own`,
      passing: true,
      fix: 'run doctor again in a few minutes; slack-status.com shows the state of Slack',
    };
  }
}

/** Finds the cause: the library says only that a request failed. */
function unanswered(cause: unknown): { error: string; fix: string } {
  if (cause instanceof webApi.WebAPIHTTPError)
    return { error: `answered with HTTP status ${cause.statusCode}`, fix: inItsPlace };
  if (cause instanceof webApi.WebAPIPlatformError || cause instanceof TypeError)
    return { error: 'what answers there is not Slack', fix: inItsPlace };
  const root = innermost(cause);
  if (root instanceof Error && root.name === 'TimeoutError')
    return { error: 'no answer in time', fix: behindProxy };
  // Only the library's wrapper has a code: its own message is all there is.
  const known = root !== cause || !(root instanceof webApi.WebAPIRequestError);
  const code = known ? codeOf(root) : undefined;
  const error = known ? explain(root) : root.original.message;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { error, fix: 'check the name servers of this machine, and SLACK_API_URL where it is set' };
  if (/CERT|ISSUER|LEAF_SIGNATURE/.test(code ?? ''))
    return {
      error,
      fix: 'behind a proxy that decrypts TLS, name the certificate of its authority in NODE_EXTRA_CA_CERTS',
    };
  return { error, fix: behindProxy };
}
