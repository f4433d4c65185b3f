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

/** Asks the API of a system that carries deploys out, and keeps its rate limits. */
export interface Asker {
  /** `path` goes behind the base; with a body it is a `POST`. */
  readonly ask: (
    path: string,
    signal: AbortSignal,
    more?: Partial<Pick<Call, 'json' | 'content' | 'headers' | 'maxBytes'>>,
  ) => Promise<Answer>;
  /** Why an answer is not the one that was wanted, for people. */
  readonly said: (answer: Answer) => string;
  /** A start that was not carried out, or may not have been. */
  readonly refused: (answer: Answer) => Sent;
}

/** `hints`: what may be meant, by status. `resetHeader`: when a limit ends, in seconds since 1970, by its `spentHeader`. */
export function makeAsker(system: {
  name: string;
  base: string;
  token?: string;
  headers?: Readonly<Record<string, string>>;
  hints: Readonly<Record<number, string>>;
  spentHeader: string;
  resetHeader: string;
}): Asker {
  const { name, hints } = system;
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

  function said(answer: Answer): string {
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
        };
      }
      const answer = await call({
        method: more.json === undefined && more.content === undefined ? 'GET' : 'POST',
        url: joinUrl(system.base, path),
        token: system.token,
        deadlineMs: callDeadlineMs,
        maxBytes: 256 * 1024,
        signal,
        ...more,
        headers: { ...system.headers, ...more.headers },
      });
      if (answer.answered && isLimit(answer)) quietUntil = Date.now() + limitOf(answer);
      return answer;
    },
    said,
    refused(answer) {
      const passes =
        !answer.answered || answer.status >= 500 || askAgain.has(answer.status) || isLimit(answer);
      return { reason: said(answer), retryable: passes };
    },
  };
}

/** Whether it is a 2xx. */
export function isGood(answer: Answer): answer is Answered {
  return answer.answered && answer.status >= 200 && answer.status <= 299;
}

/** What comes as a word of a closed list, made fit for people. */
export function wordOf(text: string): string {
  return /^[\w-]{1,40}$/.test(text) ? text : 'what is not known';
}
