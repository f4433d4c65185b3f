import { call } from '../net/call.ts';
import type { Answer, Answered, Call } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { askAgain, retryAfterMs } from '../net/retry-after.ts';
import { joinUrl } from '../net/url.ts';
import type { Sent } from './start-once.ts';

const callDeadlineMs = 10_000;
/** What is waited for after a limit that does not say when it ends, ms. And the longest that is believed. */
const limitedMs = 60_000;
const longestLimitMs = 3_600_000;

/** Gives the token of a call, or why there is none. `bad`: a call with this one was answered with 401. */
export type TokenSource = (
  signal: AbortSignal,
  bad?: string,
) => Promise<{ token: string } | { reason: string; retryable: boolean }>;

/** An answer, or why nothing was asked. */
export type Asked = Answer | { answered: false; sent: false; reason: string; retryable: boolean };

/** How a system is asked. `resetHeader`: when a limit ends, in seconds since 1970, by its `spentHeader`. */
export interface Asking {
  base: string;
  headers?: Readonly<Record<string, string>>;
  spentHeader: string;
  resetHeader: string;
}

/** Asks the API of a system that carries deploys out, and keeps its rate limits. */
export interface Asker {
  /** `path` goes behind the base; with a body it is a `POST`, unless `method` says otherwise. */
  readonly ask: (
    path: string,
    signal: AbortSignal,
    more?: Partial<Pick<Call, 'method' | 'json' | 'content' | 'headers' | 'maxBytes' | 'token'>>,
  ) => Promise<Asked>;
  /** Why an answer is not the one that was wanted, for people. */
  readonly said: (answer: Asked) => string;
  /** A start that was not carried out, or may not have been. */
  readonly refused: (answer: Asked) => Extract<Sent, { reason: string }>;
}

/** `hints`: what may be meant, by status. Where a 401 comes, a source is asked for another token, once. */
export function makeAsker(
  system: Asking & { name: string; token?: string | TokenSource; hints: Readonly<Record<number, string>> },
): Asker {
  const { name, hints, token: own } = system;
  let quietUntil = 0;

  /** Too many calls, also where a system says it with a 403. */
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

  function said(answer: Asked): string {
    if (!answer.answered) return `${name}: ${answer.reason}`;
    const hint = hints[answer.status];
    return `${name} ${answeredWith(answer, hint === undefined ? '' : ` (${hint})`)}`;
  }

  return {
    async ask(path, signal, more = {}) {
      if (Date.now() < quietUntil) {
        const at = new Date(quietUntil).toISOString().slice(11, 19);
        return {
          answered: false,
          sent: false,
          reason: `its rate limit is reached, asked again at ${at} UTC`,
          retryable: true,
        };
      }
      const once = (token: string | undefined): Promise<Answer> =>
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
    refused(answer) {
      if ('retryable' in answer) return { reason: said(answer), retryable: answer.retryable };
      const passes =
        !answer.answered || answer.status >= 500 || askAgain.has(answer.status) || isLimit(answer);
      const maySent = answer.answered ? answer.status >= 500 && answer.status !== 503 : answer.sent;
      return { reason: said(answer), retryable: passes, ...(maySent && { mayRun: true }) };
    },
  };
}

async function withTokenOf(
  source: TokenSource,
  once: (token: string) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Asked> {
  const given = await source(signal);
  if ('reason' in given) return { answered: false, sent: false, ...given };
  const answer = await once(given.token);
  if (!answer.answered || answer.status !== 401) return answer;
  const other = await source(signal, given.token);
  return 'reason' in other ? { answered: false, sent: false, ...other } : once(other.token);
}

/** A page for people where the API should have answered: what was asked may not have come to it. */
function inPlaceOf({ status, words }: Answered): Answer {
  const title = words === '' ? '' : `, “${words}”,`;
  const reason = `answered ${status} with a web page${title} in place of its API (is a login or a proxy before it?)`;
  return { answered: false, sent: true, reason };
}

/** Whether it is a 2xx. */
export function isGood(answer: Asked): answer is Answered {
  return answer.answered && answer.status >= 200 && answer.status <= 299;
}

/** What comes as a word of a closed list, made fit for people. */
export function wordOf(text: string): string {
  return /^[\w-]{1,40}$/.test(text) ? text : 'what is not known';
}
