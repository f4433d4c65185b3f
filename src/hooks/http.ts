import { z } from 'zod';
import { call } from '../net/call.ts';
import { pause } from '../net/deadline.ts';
import { answeredWith } from '../net/first-words.ts';
import { askAgain, retryAfterMs } from '../net/retry-after.ts';
import { httpUrlSchema, shownUrl } from '../net/url.ts';
import { durationSchema, formatDuration } from '../release/duration.ts';
import type { Hook } from '../release/ports.ts';

const firstPauseMs = 200;
const longestPauseMs = 2000;

/** Options of one hook. `deadline` covers all attempts together. */
export const httpHookOptions = z.strictObject({
  at: z.enum(['after-stage', 'before-switch', 'after-switch', 'after-revert']),
  url: httpUrlSchema,
  deadline: durationSchema.prefault('10s'),
  onFailure: z.enum(['stop', 'warn']).default('stop'),
});

/** Makes a hook of these options. */
export function httpHook(options: z.output<typeof httpHookOptions>): Hook {
  return { at: options.at, onFailure: options.onFailure, ...httpCall(options) };
}

/**
 * Makes a call by `POST`: 2xx passes; network errors, 5xx, 408, 425 and 429 are tried again, after `Retry-After` if
 * given; any other answer is final.
 */
export function httpCall(options: { url: string; deadline: number }): Pick<Hook, 'name' | 'call'> {
  const name = shownUrl(options.url);
  return {
    name,
    async call(body, idempotencyKey, signal) {
      const endAt = performance.now() + options.deadline;
      let reason = 'no answer';
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
        const leftMs = Math.max(1, Math.ceil(endAt - performance.now()));
        let askedMs = 0;
        const answer = await call({
          method: 'POST',
          url: options.url,
          headers: { 'idempotency-key': idempotencyKey },
          json: body,
          deadlineMs: leftMs,
          signal,
          body: 'ignore',
        });
        if (answer.answered) {
          if (answer.status >= 200 && answer.status <= 299) return { ok: true };
          reason = `${name} ${answeredWith(answer)}`;
          if (answer.status < 500 && !askAgain.has(answer.status)) return { ok: false, reason };
          askedMs = retryAfterMs(answer.headers);
        } else if (performance.now() < endAt || reason === 'no answer') {
          reason = `${name}: ${answer.reason}`;
        }
        if (signal.aborted) return { ok: false, reason };
        const waitMs = Math.max(pauseMs, askedMs);
        if (performance.now() + waitMs >= endAt) {
          const limit = formatDuration(options.deadline);
          const asks = `it asks to wait ${formatDuration(askedMs)}; its deadline is ${limit}`;
          return { ok: false, reason: `${reason} (${askedMs > pauseMs ? asks : `tried for ${limit}`})` };
        }
        await pause(waitMs, signal);
      }
    },
  };
}
