import { z } from 'zod';
import { plainText } from '../net/answer-path.ts';
import { call, jsonOf } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { askAgain } from '../net/retry-after.ts';
import { httpUrlSchema, isHttpUrl, tokenSchema } from '../net/url.ts';
import { durationSchema } from '../release/duration.ts';
import type { Deploy } from '../release/ports.ts';

/** Milliseconds for one question; the start and the deploy itself have their configured deadlines. */
const callDeadlineMs = 10_000;
/** Statuses by which a server says that it did nothing, for now. */
const notNow: ReadonlySet<number> = new Set([...askAgain, 503]);

/** Options of a deploy by webhook. `{id}` in the path or query of `statusUrl` becomes the deploy's id. */
export const webhookDeployOptions = z.strictObject({
  kind: z.literal('webhook'),
  url: httpUrlSchema,
  statusUrl: z.string().refine(holdsId, 'must be an http(s) URL with {id} in its path or query'),
  token: tokenSchema.optional(),
  deadline: durationSchema.prefault('20m'),
  startDeadline: durationSchema.prefault('30s'),
});

// An id of dots alone would be a step in a path and not a name.
const started = z.object({
  id: z.union([z.string(), z.int()]).transform(String).pipe(z.string().min(1).max(200).regex(/[^.]/)),
});

const standing = z.object({
  state: z.enum(['running', 'succeeded', 'failed']),
  message: z.string().nullish(),
});

/**
 * A deploy that another system carries out: one `POST` starts it, `GET`s follow it. The `POST` is sent again only where
 * nothing was started by it, and once by each process that takes the stage over.
 */
export function webhookDeploy(options: z.output<typeof webhookDeployOptions>): Deploy {
  const { token } = options;
  return {
    deadlineMs: options.deadline,
    async start(job, signal) {
      const answer = await call({
        method: 'POST',
        url: options.url,
        token,
        headers: { 'idempotency-key': job.release },
        json: { service: job.service, color: job.color, version: job.version, release: job.release },
        deadlineMs: options.startDeadline,
        signal,
      });
      if (!answer.answered) {
        const reason = `deploy webhook: ${answer.reason}`;
        return answer.sent ? mayRun(reason) : { ok: false, reason, retryable: true };
      }
      const { status } = answer;
      if (status < 200 || status > 299) {
        const reason = `deploy webhook ${answeredWith(answer)}`;
        return status >= 500 && !notNow.has(status)
          ? mayRun(reason)
          : { ok: false, reason, retryable: notNow.has(status) };
      }
      const body = started.safeParse(jsonOf(answer.body));
      if (body.success) return { ok: true, id: body.data.id };
      return { ok: false, reason: 'deploy webhook answered without a usable "id"', retryable: false };
    },
    async follow(id, signal) {
      const url = options.statusUrl.replaceAll('{id}', () => encodeURIComponent(id));
      const answer = await call({ method: 'GET', url, token, deadlineMs: callDeadlineMs, signal });
      if (!answer.answered) return { state: 'running', message: `deploy status: ${answer.reason}` };
      if (answer.status < 200 || answer.status > 299) {
        return { state: 'running', message: `deploy status ${answeredWith(answer)}` };
      }
      const body = standing.safeParse(jsonOf(answer.body));
      if (!body.success)
        return { state: 'running', message: 'deploy status answered without a known "state"' };
      const message = plainText(body.data.message ?? '', 300);
      return message === '' ? { state: body.data.state } : { state: body.data.state, message };
    },
  };
}

/** Another `POST` could start a second deploy next to the first. */
function mayRun(reason: string): { ok: false; reason: string; retryable: false; mayRun: true } {
  return { ok: false, reason: `${reason}; it may have been started`, retryable: false, mayRun: true };
}

function holdsId(text: string): boolean {
  const [one, two] = ['a', 'b'].map((id) => text.replaceAll('{id}', id));
  if (one === undefined || two === undefined || !isHttpUrl(one) || !isHttpUrl(two)) return false;
  const [first, second] = [new URL(one), new URL(two)];
  const sameServer = first.origin === second.origin && first.username === second.username;
  return (
    sameServer &&
    first.password === second.password &&
    first.pathname + first.search !== second.pathname + second.search
  );
}
