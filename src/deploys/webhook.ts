import { z } from 'zod';
import { answerPathSchema, jsonBody, oneLineText } from '../net/answer-path.ts';
import { call, jsonOf } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { whyNotReached } from '../net/reach.ts';
import { askAgain, retryAfterMs } from '../net/retry-after.ts';
import { httpUrlSchema, isHttpUrl, tokenSchema } from '../net/url.ts';
import { durationSchema } from '../release/duration.ts';
import type { Deploy } from '../release/ports.ts';

/** Deadline of one call, in ms; the start and the deploy have their configured ones. */
const callDeadlineMs = 10_000;
/** Statuses by which a server says that it did nothing yet. */
const notNow: ReadonlySet<number> = new Set([...askAgain, 503]);

/** Options of a deploy by webhook. `{id}` in the path or query of `statusUrl` becomes the deploy's id. */
export const webhookDeployOptions = z.strictObject({
  kind: z.literal('webhook'),
  url: httpUrlSchema,
  statusUrl: z.string().refine(holdsId, 'must be an http(s) URL with {id} in its path or query').optional(),
  idPath: answerPathSchema.default('id'),
  states: z
    .strictObject({
      running: stateNames('running'),
      succeeded: stateNames('succeeded'),
      failed: stateNames('failed'),
    })
    .refine((states) => {
      const all = Object.values(states).flat();
      return new Set(all).size === all.length;
    }, 'must not have the same state twice')
    .prefault({}),
  token: tokenSchema.optional(),
  deadline: durationSchema.prefault('20m'),
  startDeadline: durationSchema.prefault('30s'),
});

/** The prefix of an id that is the deploy's address: path and query at the server of `url`. */
const location = 'location:';
// An id of dots alone would be a step in a path and not a name.
const idSchema = z
  .string()
  .regex(/^.{0,199}[^.]/)
  .max(200)
  .refine((id) => !id.startsWith(location));

const standing = z.object({ state: z.string(), message: z.string().nullish() });

function stateNames(name: string) {
  return z.array(z.string().min(1).max(100)).min(1).default([name]);
}

/**
 * Makes a deploy that another system carries out: one `POST` starts it, `GET`s follow it. The `POST` is repeated only
 * when it started nothing, and once by each process that takes the stage over.
 */
export function webhookDeploy(options: z.output<typeof webhookDeployOptions>): Deploy {
  const { token } = options;
  const { origin } = new URL(options.url);
  const statusOrigin = new URL(options.statusUrl?.replaceAll('{id}', 'id') ?? origin).origin;
  const places = { url: origin, ...(statusOrigin !== origin && { statusUrl: statusOrigin }) };
  return {
    deadlineMs: options.deadline,
    examined: `${Object.values(places).join(' and ')} can be reached; nothing was sent, so the token was not checked`,
    async doubts(signal) {
      const each = Object.entries(places).map(async ([key, place]) => {
        const why = await whyNotReached(place, signal, callDeadlineMs);
        return why === undefined
          ? []
          : [
              {
                what: `${place} cannot be reached: ${why}`,
                fix: `let this machine reach it (network, proxy, certificate), or correct deploy.${key}`,
              },
            ];
      });
      return (await Promise.all(each)).flat();
    },
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
        return answer.sent ? inDoubt(mayBe(reason)) : { ok: false, reason, retryable: true };
      }
      const { status } = answer;
      if (status < 200 || status > 299) {
        const reason = `deploy webhook ${answeredWith(answer)}`;
        return status >= 500 && !notNow.has(status)
          ? inDoubt(mayBe(reason))
          : { ok: false, reason, retryable: notNow.has(status), afterMs: retryAfterMs(answer.headers) };
      }
      const id = idSchema.safeParse(jsonBody(answer.body)?.textAt(options.idPath));
      if (id.success && options.statusUrl !== undefined) return { ok: true, id: id.data };
      const address = answer.headers['location'];
      const path = typeof address === 'string' ? pathAt(options.url, address) : undefined;
      if (path !== undefined) return { ok: true, id: `${location}${path}` };
      return inDoubt(
        `started, cannot be followed: the deploy webhook answered ${status} with no "${options.idPath}"${options.statusUrl === undefined ? ' for a statusUrl' : ''} and no Location at the same server`,
      );
    },
    async follow(id, signal) {
      const url = id.startsWith(location)
        ? atServerOf(options.url, id.slice(location.length))
        : options.statusUrl?.replaceAll('{id}', () => encodeURIComponent(id));
      if (url === undefined) return { state: 'running', message: 'the deploy has no address to ask' };
      const answer = await call({ method: 'GET', url, token, deadlineMs: callDeadlineMs, signal });
      if (!answer.answered) return { state: 'running', message: `deploy status: ${answer.reason}` };
      if (answer.status < 200 || answer.status > 299) {
        return { state: 'running', message: `deploy status ${answeredWith(answer)}` };
      }
      const body = standing.safeParse(jsonOf(answer.body));
      if (!body.success)
        return { state: 'running', message: 'deploy status answered without a known "state"' };
      const said = body.data.state;
      const state = (['running', 'succeeded', 'failed'] as const).find((one) =>
        options.states[one].includes(said),
      );
      if (state === undefined)
        return {
          state: 'running',
          message: `deploy status answered the state "${oneLineText(said, 60)}", which is not in states`,
        };
      const message = oneLineText(body.data.message ?? '', 300);
      return message === '' ? { state } : { state, message };
    },
  };
}

const mayBe = (reason: string): string => `${reason}; it may have been started`;

/** The result when another `POST` could start a second deploy. */
function inDoubt(reason: string): { ok: false; reason: string; retryable: false; mayRun: true } {
  return { ok: false, reason, retryable: false, mayRun: true };
}

/** The path and query of a `Location` at the called server; no other server gets the token. */
function pathAt(base: string, address: string): string | undefined {
  if (address.length > 1_000 || !URL.canParse(address, base)) return undefined;
  const url = new URL(address, base);
  return url.origin === new URL(base).origin ? url.pathname + url.search : undefined;
}

/** The URL of that path, with the credentials of `base`. A path never changes the server. */
function atServerOf(base: string, path: string): URL {
  const url = new URL(base);
  const [pathname = '/'] = path.split('?', 1);
  url.pathname = pathname;
  url.search = path.slice(pathname.length);
  url.hash = '';
  return url;
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
