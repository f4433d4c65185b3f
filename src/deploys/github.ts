import { z } from 'zod';
import { call, jsonOf } from '../net/call.ts';
import type { Answer, Answered } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { askAgain, retryAfterMs } from '../net/retry-after.ts';
import { httpUrlSchema, joinUrl, tokenSchema } from '../net/url.ts';
import { systemClock } from '../release/clock.ts';
import { durationSchema } from '../release/duration.ts';
import type { Deploy, DeployJob } from '../release/ports.ts';
import { findAgain, usualSearch } from './find-again.ts';
import type { Found, Search } from './find-again.ts';

const callDeadlineMs = 10_000;
/** GitHub allows 5,000 calls an hour for a token: this is 720. */
const pollMs = 5_000;
/** A limit that does not say when it ends: what GitHub asks to wait, ms. And the longest that is believed. */
const limitedMs = 60_000;
const longestLimitMs = 3_600_000;
/** Runs of one workflow that are looked through for one that was started; about 15 kB each. */
const runsAsked = 30;

/** Options of a deploy by a workflow of GitHub Actions. `api`: `https://<host>/api/v3` for GitHub Enterprise Server. */
export const githubDeployOptions = z.strictObject({
  kind: z.literal('github'),
  repository: z
    .string()
    .regex(/^(?!\.+\/)[\w.-]{1,100}\/(?!\.+$)[\w.-]{1,100}$/, 'must be owner/name, such as acme/checkout'),
  workflow: z
    .string()
    .regex(/^(?:[\w.-]+\.ya?ml|\d+)$/, 'must be the name of a workflow file, such as deploy.yml, or its id'),
  ref: z
    .string()
    .regex(/^[^\s~^:?*[\\\p{Cc}]{1,255}$/u, 'must be a branch or a tag')
    .default('main'),
  token: tokenSchema,
  api: httpUrlSchema.default('https://api.github.com'),
  deadline: durationSchema.prefault('20m'),
});

const runId = z.int().positive().transform(String);
const dispatched = z.object({ workflow_run_id: runId });
const runs = z.object({
  workflow_runs: z.array(
    z.object({ id: runId, display_title: z.string().nullish(), name: z.string().nullish() }),
  ),
});
const standing = z.object({ status: z.string(), conclusion: z.string().nullish() });

const underWay: Readonly<Record<string, string>> = {
  queued: 'queued',
  requested: 'queued',
  pending: 'waits for another run of its concurrency group',
  waiting: 'waits for a rule of its environment, such as a review',
  in_progress: 'running',
};
const endings: Readonly<Record<string, string>> = {
  cancelled: 'the run was cancelled',
  timed_out: 'the run took longer than the workflow allows',
  startup_failure: 'the workflow could not be started: GitHub says why on its page',
  action_required: 'the run wants an action on its page',
};

/**
 * A deploy by a workflow of GitHub Actions, started by `workflow_dispatch`. GitHub knows no key that makes a second
 * start the first one: a start that may have been sent is looked for by the release's id in the run's name.
 */
export function githubDeploy(
  options: z.output<typeof githubDeployOptions>,
  search: Search = usualSearch,
): Deploy {
  const { repository, workflow, token } = options;
  const actions = `/repos/${repository}/actions`;
  const taken = new Set<string>();
  let quietUntil = 0;

  async function ask(
    path: string,
    signal: AbortSignal,
    more: { json?: unknown; maxBytes?: number } = {},
  ): Promise<Answer> {
    if (Date.now() < quietUntil) {
      const at = new Date(quietUntil).toISOString().slice(11, 19);
      return { answered: false, sent: false, reason: `its rate limit is reached, asked again at ${at} UTC` };
    }
    const answer = await call({
      method: more.json === undefined ? 'GET' : 'POST',
      url: joinUrl(options.api, path),
      token,
      headers: {
        accept: 'application/vnd.github+json',
        'user-agent': 'switchback',
        'x-github-api-version': '2022-11-28',
      },
      deadlineMs: callDeadlineMs,
      signal,
      maxBytes: 256 * 1024,
      ...more,
    });
    if (answer.answered && isLimit(answer)) quietUntil = Date.now() + limitMs(answer);
    return answer;
  }

  async function find(release: string, signal: AbortSignal): Promise<Found> {
    const path = `${actions}/workflows/${workflow}/runs?event=workflow_dispatch&per_page=${runsAsked}`;
    const answer = await ask(path, signal, { maxBytes: 4 * 1024 * 1024 });
    if (!answer.answered || answer.status !== 200) return { reason: said(answer) };
    const body = runs.safeParse(jsonOf(answer.body));
    if (!body.success) return { reason: 'GitHub answered without a list of runs' };
    const ours = body.data.workflow_runs.filter((run) =>
      [run.display_title, run.name].some((title) => title?.includes(release)),
    );
    // Should there be two, the first one counts, for every process.
    const first = ours.at(-1);
    return first && { id: first.id };
  }

  function dispatch({ service, color, version, release }: DeployJob, signal: AbortSignal): Promise<Answer> {
    const path = `${actions}/workflows/${workflow}/dispatches`;
    const json = { ref: options.ref, inputs: { service, color, version, release } };
    return ask(path, signal, { json: { ...json, return_run_details: true } }).then((answer) => {
      const old = answer.answered && answer.status === 422 && answer.body.includes('return_run_details');
      return old ? ask(path, signal, { json }) : answer;
    });
  }

  return {
    deadlineMs: options.deadline,
    pollMs,
    async start(job, signal) {
      const again = (reason: string) => ({ ok: false as const, reason, retryable: true });
      const final = (reason: string) => ({
        ok: false as const,
        reason,
        retryable: false,
      });
      const looked = () => findAgain(() => find(job.release, signal), search, systemClock, signal);
      if (job.again) {
        const found = await looked();
        if (found && 'id' in found) return { ok: true, id: found.id };
        if (found) return again(found.reason);
        if (signal.aborted) return again('GitHub was not asked: the bot stops');
      }
      if (!taken.has(job.release)) {
        const answer = await dispatch(job, signal);
        if (!answer.answered) return again(said(answer));
        const { status } = answer;
        if (status < 200 || status > 299) {
          const passes = status >= 500 || askAgain.has(status) || isLimit(answer);
          return passes ? again(said(answer)) : final(said(answer));
        }
        const body = dispatched.safeParse(jsonOf(answer.body));
        if (body.success) return { ok: true, id: body.data.workflow_run_id };
        taken.add(job.release);
      }
      const found = await looked();
      if (found && 'id' in found) return { ok: true, id: found.id };
      if (found) return again(found.reason);
      return final(
        'GitHub started the workflow, but no run of it has the release in its name; does its run-name hold ${{ inputs.release }}?',
      );
    },
    async follow(id, signal) {
      const url = `${pagesOf(options.api)}/${repository}/actions/runs/${encodeURIComponent(id)}`;
      const answer = await ask(
        `${actions}/runs/${encodeURIComponent(id)}?exclude_pull_requests=true`,
        signal,
      );
      const running = (message: string) => ({ state: 'running' as const, message, url });
      if (!answer.answered || answer.status !== 200) return running(said(answer));
      const body = standing.safeParse(jsonOf(answer.body));
      if (!body.success) return running('GitHub answered without a status of the run');
      const { status, conclusion } = body.data;
      if (status !== 'completed')
        return running(underWay[status] ?? 'GitHub answered with a status that is not known');
      if (conclusion === 'success') return { state: 'succeeded', url };
      if (conclusion === null || conclusion === undefined)
        return running('GitHub answered without a conclusion');
      return {
        state: 'failed',
        message: endings[conclusion] ?? `the run ended with ${shown(conclusion)}`,
        url,
      };
    },
  };
}

/** Why an answer is not the one that was wanted, for people. */
function said(answer: Answer): string {
  return answer.answered ? `GitHub ${answeredWith(answer, hint(answer.status))}` : `GitHub: ${answer.reason}`;
}

/** Too many calls, also where GitHub says it with a 403. */
function isLimit({ status, headers, words }: Answered): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers['x-ratelimit-remaining'] === '0' ||
    headers['retry-after'] !== undefined ||
    /rate limit/i.test(words)
  );
}

function limitMs({ headers }: Answered): number {
  const after = retryAfterMs(headers);
  const reset = Number(headers['x-ratelimit-reset']) * 1_000 - Date.now();
  const spent = headers['x-ratelimit-remaining'] === '0' && reset > 0 ? reset : 0;
  return Math.min(after || spent || limitedMs, longestLimitMs);
}

function hint(status: number): string {
  if (status === 401) return ' (is the token still valid?)';
  if (status === 403) return ' (may the token write Actions?)';
  if (status === 404) return ' (repository, workflow or run; or the token may not see it)';
  return '';
}

/** Where people look at what `api` serves. */
function pagesOf(api: string): string {
  const { protocol, host } = new URL(api);
  return `${protocol}//${host.replace(/^api\./, '')}`;
}

function shown(conclusion: string): string {
  return /^\w{1,30}$/.test(conclusion) ? conclusion : 'what is not known';
}
