import { z } from 'zod';
import { jsonOf } from '../net/call.ts';
import { httpUrlSchema, tokenSchema } from '../net/url.ts';
import { durationSchema } from '../release/duration.ts';
import type { Deploy, DeployJob } from '../release/ports.ts';
import { isGood, makeAsker, plainStatusWord } from './asker.ts';
import type { AskerAnswer, Asker } from './asker.ts';
import { githubAppOptions, githubAppTokens } from './github-app.ts';
import { startOnce, usualSearch } from './start-once.ts';
import type { SearchResult, Search, StartResult } from './start-once.ts';
import { stopRun } from './stop-run.ts';

/** Pause between polls, in ms: 720 calls an hour of the 5,000 that GitHub allows for a token. */
const pollMs = 5_000;
/** Most runs of a workflow searched for a started one; about 15 kB each. */
const runsAsked = 100;

/** Options of a deploy by a workflow of GitHub Actions. `api`: `https://<host>/api/v3` for GitHub Enterprise Server. */
export const githubDeployOptions = z
  .strictObject({
    kind: z.literal('github'),
    repository: z
      .string()
      .regex(/^(?!\.+\/)[\w.-]{1,100}\/(?!\.+$)[\w.-]{1,100}$/, 'must be owner/name, such as acme/checkout'),
    workflow: z
      .string()
      .regex(
        /^(?:[\w.-]+\.ya?ml|\d+)$/,
        'must be the name of a workflow file, such as deploy.yml, or its id',
      ),
    ref: z
      .string()
      .regex(/^[^\s~^:?*[\\\p{Cc}]{1,255}$/u, 'must be a branch or a tag')
      .default('main'),
    token: tokenSchema.optional(),
    app: githubAppOptions.optional(),
    api: httpUrlSchema.default('https://api.github.com'),
    deadline: durationSchema.prefault('20m'),
  })
  .refine(({ token, app }) => (token === undefined) !== (app === undefined), 'must have either token or app');

const releaseId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const runName = 'does its run-name contain ${{ inputs.release }}?';

const runId = z.int().positive().transform(String);
const dispatched = z.object({ workflow_run_id: runId });
const runs = z.object({
  workflow_runs: z.array(
    z.object({ id: runId, display_title: z.string().nullish(), name: z.string().nullish() }),
  ),
});
const described = z.object({ state: z.string() });
const standing = z.object({
  status: z.string(),
  conclusion: z.string().nullish(),
  run_attempt: z.int().nullish().catch(null),
});

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
  action_required: 'the run needs an action on its page',
};

/**
 * Makes a deploy by a workflow of GitHub Actions, started by `workflow_dispatch`. A start that may have been sent
 * before is searched for by the release's id in the run's name.
 */
export function githubDeploy(
  options: z.output<typeof githubDeployOptions>,
  search: Search = usualSearch,
): Deploy {
  const { repository, workflow, app } = options;
  const asking = {
    base: options.api,
    headers: {
      accept: 'application/vnd.github+json',
      'user-agent': 'switchback',
      'x-github-api-version': '2022-11-28',
    },
    spentHeader: 'x-ratelimit-remaining',
    resetHeader: 'x-ratelimit-reset',
  };
  const token = app ? githubAppTokens(app, repository, asking) : options.token;
  const {
    said,
    refused,
    doubt: doubtOf,
    ...asker
  } = makeAsker({
    ...asking,
    name: 'GitHub',
    ...(token !== undefined && { token }),
    hints: {
      401: 'is the token still valid?',
      403: 'may the token write Actions?',
      404: 'check repository, workflow and run, and whether the token may see them',
      422: 'is ref right, and has the workflow there workflow_dispatch with the inputs service, color, version and release?',
    },
  });
  let renamed = false;
  /** Calls the Actions API of the repository; where it was renamed, once more by its number. */
  const ask: Asker['ask'] = async (path, signal, more) => {
    const answer = await asker.ask(`/repos/${repository}/actions${path}`, signal, more);
    const number = numberOf(answer, options.api);
    renamed = number !== undefined;
    return number === undefined ? answer : asker.ask(`/repositories/${number}/actions${path}`, signal, more);
  };

  /** The newest runs started by `workflow_dispatch`, with their visible names. */
  async function list(signal: AbortSignal): Promise<{ id: string; names: string }[] | { reason: string }> {
    const path = `/workflows/${workflow}/runs?event=workflow_dispatch&per_page=${runsAsked}`;
    const answer = await ask(path, signal, { maxBytes: 4 * 1024 * 1024 });
    if (!isGood(answer)) return { reason: said(answer) };
    const body = runs.safeParse(jsonOf(answer.body));
    if (!body.success) return { reason: 'GitHub answered without a list of runs' };
    return body.data.workflow_runs.map(({ id, display_title, name }) => ({
      id,
      names: `${display_title ?? ''} ${name ?? ''}`,
    }));
  }

  async function find(release: string, signal: AbortSignal): Promise<SearchResult> {
    const found = await list(signal);
    if ('reason' in found) return found;
    // Of two runs the first one counts, for every process.
    const first = found.findLast(({ names }) => names.includes(release));
    return first && { id: first.id };
  }

  /**
   * Why the bot cannot find out whether a run belongs to a release; undefined: it can. `retryable`: there was no
   * answer.
   */
  async function doubtOfNames(
    signal: AbortSignal,
  ): Promise<{ reason: string; retryable: boolean } | undefined> {
    const found = await list(signal);
    if ('reason' in found) return { ...found, retryable: true };
    if (found.length === 0 || found.some(({ names }) => releaseId.test(names))) return undefined;
    const reason = `no run of the workflow has a release in its name, so nobody can know whether one was started: ${runName}`;
    return { reason, retryable: false };
  }

  async function send(job: DeployJob, signal: AbortSignal, details = true): Promise<StartResult> {
    const { service, color, version, release } = job;
    const doubt = job.again && details ? await doubtOfNames(signal) : undefined;
    if (doubt) return { ...doubt, mayRun: true };
    const answer = await ask(`/workflows/${workflow}/dispatches`, signal, {
      json: {
        ref: options.ref,
        inputs: { service, color, version, release },
        ...(details && { return_run_details: true }),
      },
    });
    const old = answer.answered && answer.status === 422 && answer.body.includes('return_run_details');
    if (old && details) return send(job, signal, false);
    if (!isGood(answer)) return refused(answer);
    const body = dispatched.safeParse(jsonOf(answer.body));
    if (body.success) return { id: body.data.workflow_run_id };
    return {
      unnamed: `GitHub started the workflow, but no run of it has the release in its name; ${runName}`,
    };
  }

  const follow: Deploy['follow'] = async (id, signal) => {
    const url = `${pagesOf(options.api)}/${repository}/actions/runs/${encodeURIComponent(id)}`;
    const answer = await ask(`/runs/${encodeURIComponent(id)}?exclude_pull_requests=true`, signal);
    const running = (message: string) => ({ state: 'running' as const, message, url });
    if (!isGood(answer)) return running(said(answer));
    const body = standing.safeParse(jsonOf(answer.body));
    if (!body.success) return running('GitHub answered without a status of the run');
    const { status, conclusion, run_attempt: attempt } = body.data;
    const again = (attempt ?? 1) > 1 ? `, attempt ${attempt}` : '';
    if (status !== 'completed')
      return running(`${underWay[status] ?? 'GitHub answered with a status that is not known'}${again}`);
    if (conclusion === 'success') return { state: 'succeeded', url };
    if (conclusion === null || conclusion === undefined)
      return running('GitHub answered without a conclusion');
    return {
      state: 'failed',
      message: `${endings[conclusion] ?? `the run ended with ${plainStatusWord(conclusion)}`}${again}`,
      url,
    };
  };

  /** Cancels a run. One that has ended, or is being cancelled, cannot be cancelled: its state says more. */
  async function cancel(id: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await ask(`/runs/${encodeURIComponent(id)}/cancel`, signal, { method: 'POST' });
    const late = answer.answered && answer.status === 409;
    return isGood(answer) || late ? undefined : said(answer);
  }

  return {
    deadlineMs: options.deadline,
    pollMs,
    examined: `GitHub accepts its ${app ? 'App' : 'token'}, and the workflow ${workflow} is active`,
    async doubts(signal) {
      const answer = await ask(`/workflows/${workflow}`, signal);
      if (!isGood(answer)) return [doubtOf(answer)];
      const scopes = answer.headers['x-oauth-scopes'];
      if (typeof scopes === 'string' && !/\brepo\b/.test(scopes))
        return [{ what: 'its token does not have the scope repo', fix: 'give the token the scope repo' }];
      const body = described.safeParse(jsonOf(answer.body));
      if (!body.success)
        return [
          { what: 'GitHub answered without a workflow', fix: 'correct deploy.api in the configuration' },
        ];
      const { state } = body.data;
      if (renamed)
        return [
          {
            what: 'the repository was renamed; GitHub redirects to it only until somebody uses the old name',
            fix: 'write its new name as deploy.repository',
          },
        ];
      const doubt = await doubtOfNames(signal);
      if (state === 'active')
        return doubt === undefined
          ? []
          : [{ what: doubt.reason, fix: 'write ${{ inputs.release }} into run-name of the workflow' }];
      return [
        {
          what: `GitHub says that the workflow is ${plainStatusWord(state)}`,
          fix: 'enable the workflow on its page',
        },
      ];
    },
    start: startOnce({ name: 'GitHub', find, send }, search),
    follow,
    stop: stopRun({ name: 'GitHub', run: 'run', everyMs: search.everyMs, find, follow, cancel }),
  };
}

/**
 * The number of a renamed repository, where GitHub redirects to it at the same server. Nothing else of the address is
 * used.
 */
function numberOf(answer: AskerAnswer, api: string): string | undefined {
  if (!answer.answered || ![301, 307, 308].includes(answer.status)) return undefined;
  const location = String(answer.headers['location'] ?? '');
  if (location.length > 1_000 || !URL.canParse(location, api)) return undefined;
  const [url, base] = [new URL(location, api), new URL(api)];
  if (url.origin !== base.origin) return undefined;
  return /\/repositories\/(\d{1,15})\/actions\//.exec(url.pathname)?.[1];
}

/** The address of the pages for people that belong to `api`. */
function pagesOf(api: string): string {
  const { protocol, host } = new URL(api);
  return `${protocol}//${host.replace(/^api\./, '')}`;
}
