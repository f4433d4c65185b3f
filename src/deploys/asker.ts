import { call } from '../net/call.ts';
import type { CallAnswer, Answered, Call } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { askAgain, retryAfterMs } from '../net/retry-after.ts';
import { joinUrl } from '../net/url.ts';
import type { Doubt } from '../release/ports.ts';
import type { StartResult } from './start-once.ts';

const callDeadlineMs = 10_000;
/** The pause after a limit that does not say when it ends, in ms; and the longest pause. */
const limitedMs = 60_000;
const longestLimitMs = 3_600_000;

/** Returns the token for a call, or why there is none. `bad`: a call with this one got a 401. */
export type TokenSource = (
  signal: AbortSignal,
  bad?: string,
) => Promise<{ token: string } | { reason: string; retryable: boolean }>;

/** An answer, or why the call was not made. */
export type AskerAnswer = CallAnswer | { answered: false; sent: false; reason: string; retryable: boolean };

/** How to call a system. `resetHeader`: when a limit ends, in seconds since 1970; `spentHeader`: what remains of it. */
export interface AskerOptions {
  base: string;
  headers?: Readonly<Record<string, string>>;
  spentHeader: string;
  resetHeader: string;
}

/** Calls the API of a system that carries deploys out, and respects its rate limits. */
export interface Asker {
  /** `path` is appended to the base; with a body the method is `POST`, unless `method` says otherwise. */
  readonly ask: (
    path: string,
    signal: AbortSignal,
    more?: Partial<Pick<Call, 'method' | 'json' | 'content' | 'headers' | 'maxBytes' | 'token'>>,
  ) => Promise<AskerAnswer>;
  /** Why an answer is not the expected one, for people. */
  readonly said: (answer: AskerAnswer) => string;
  /** Why a check got no good answer, and what to do first. */
  readonly doubt: (answer: AskerAnswer) => Doubt;
  /** The result of a start that was not carried out, or may not have been. */
  readonly refused: (answer: AskerAnswer) => Extract<StartResult, { reason: string }>;
}

/** Makes an asker. `hints`: likely causes, by status. After a 401, a token source is asked once for another token. */
export function makeAsker(
  system: AskerOptions & {
    name: string;
    token?: string | TokenSource;
    hints: Readonly<Record<number, string>>;
  },
): Asker {
  const { name, hints, token: own } = system;
  let quietUntil = 0;

  /** True for a rate limit, also as a 403. */
  function isLimit({ status, headers, words }: Answered): boolean {
    if (status === 429) return true;
    if (status !== 403) return false;
    const told = headers[system.spentHeader] === '0' || headers['retry-after'] !== undefined;
    return told || /rate limit/i.test(words);
  }

  function limitOf({ headers }: Answered): number {
    const reset = Number(headers[system.resetHeader]) * 1_000 - Date.now();
    const spent = headers[system.spentHeader] === '0' && reset > 0 ? reset : 0;
    return Math.min(retryAfterMs(headers) || spent || limitedMs, longestLimitMs);
  }

  /** When the next call is made. */
  const nextTry = (): string => `next try at ${new Date(quietUntil).toISOString().slice(11, 19)} UTC`;

  function said(answer: AskerAnswer): string {
    if (!answer.answered) return `${name}: ${answer.reason}`;
    const { status } = answer;
    if (isLimit(answer)) return `${name} ${answeredWith(answer)}; ${nextTry()}`;
    const hint = hints[status] ?? (isRedirect(status) ? 'a redirect, which is not followed' : undefined);
    return `${name} ${answeredWith(answer, hint === undefined ? '' : ` (${hint})`)}`;
  }

  return {
    async ask(path, signal, more = {}) {
      if (Date.now() < quietUntil) {
        const reason = `its rate limit is reached; ${nextTry()}`;
        return { answered: false, sent: false, reason, retryable: true };
      }
      const once = (token: string | undefined): Promise<CallAnswer> =>
        call({
          method: more.json === undefined && more.content === undefined ? 'GET' : 'POST',
          url: joinUrl(system.base, path),
          token,
          deadlineMs: callDeadlineMs,
          maxBytes: 256 * 1024,
          signal,
          ...more,
          headers: { ...system.headers, ...more.headers },
        });
      const answer = typeof own === 'function' ? await withTokenOf(own, once, signal) : await once(own);
      if (answer.answered && isLimit(answer)) quietUntil = Date.now() + limitOf(answer);
      return isGood(answer) && answer.body.trimStart().startsWith('<') ? inPlaceOf(answer) : answer;
    },
    said,
    doubt: (answer) => ({ what: said(answer), fix: fixOf(answer, answer.answered && isLimit(answer)) }),
    refused(answer) {
      if ('retryable' in answer) return { reason: said(answer), retryable: answer.retryable };
      const passes =
        !answer.answered || answer.status >= 500 || askAgain.has(answer.status) || isLimit(answer);
      const maySent = answer.answered ? answer.status >= 500 && answer.status !== 503 : answer.sent;
      return { reason: said(answer), retryable: passes, ...(maySent && { mayRun: true }) };
    },
  };
}

const isRedirect = (status: number): boolean => status >= 300 && status <= 399;

function fixOf(answer: AskerAnswer, limited: boolean): string {
  const own = 'correct deploy in the configuration, or the rights of its token or App';
  if (!answer.answered)
    return 'retryable' in answer
      ? own
      : 'let this machine reach its API (network, proxy, certificate), or correct its address in deploy';
  const { status } = answer;
  if (isRedirect(status)) return 'write the new address or name into deploy in the configuration';
  if (status === 401) return 'put a valid token for deploy into the environment';
  if (limited) return 'wait until the limit ends, then run doctor again';
  return status >= 500 ? 'check that system, then run doctor again' : own;
}

async function withTokenOf(
  source: TokenSource,
  once: (token: string) => Promise<CallAnswer>,
  signal: AbortSignal,
): Promise<AskerAnswer> {
  const given = await source(signal);
  if ('reason' in given) return { answered: false, sent: false, ...given };
  const answer = await once(given.token);
  if (!answer.answered || answer.status !== 401) return answer;
  const other = await source(signal, given.token);
  return 'reason' in other ? { answered: false, sent: false, ...other } : once(other.token);
}

/** The answer when a page for people came instead of the API's: the request may not have reached it. */
function inPlaceOf({ status, words }: Answered): CallAnswer {
  const title = words === '' ? '' : `, “${words}”,`;
  const reason = `answered ${status} with a web page${title} instead of its API (is a login page or a proxy in front of it?)`;
  return { answered: false, sent: true, reason };
}

/** True for a 2xx answer. */
export function isGood(answer: AskerAnswer): answer is Answered {
  return answer.answered && answer.status >= 200 && answer.status <= 299;
}

/** A word of a closed list, made fit for people. */
export function plainStatusWord(text: string): string {
  return /^[\w-]{1,40}$/.test(text) ? text : 'what is not known';
}
