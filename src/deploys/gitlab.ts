import { z } from 'zod';
import { jsonOf } from '../net/call.ts';
import { httpUrlSchema, tokenSchema } from '../net/url.ts';
import { durationSchema } from '../release/duration.ts';
import type { Deploy, DeployJob } from '../release/ports.ts';
import { isGood, makeAsker, wordOf } from './asker.ts';
import { startOnce, usualSearch } from './start-once.ts';
import type { Found, Search, Sent } from './start-once.ts';
import { stopRun } from './stop-run.ts';

const pollMs = 3_000;
/** Most pipelines searched for a started one. */
const pipelinesAsked = 20;

/** Options of a deploy by a pipeline of GitLab. `url`: GitLab's address, without `/api/v4`. */
export const gitlabDeployOptions = z.strictObject({
  kind: z.literal('gitlab'),
  url: httpUrlSchema.default('https://gitlab.com'),
  project: z
    .string()
    .regex(/^\w[\w.-]*(?:\/\w[\w.-]*){1,20}$/, 'must be the path of a project, such as acme/checkout'),
  ref: z
    .string()
    .regex(/^[^\s~^:?*[\\\p{Cc}]{1,255}$/u, 'must be a branch or a tag')
    .default('main'),
  token: tokenSchema,
  deadline: durationSchema.prefault('20m'),
});

const pipelineId = z.int().positive().transform(String);
const created = z.object({ id: pipelineId });
const pipelines = z.array(z.object({ id: pipelineId, name: z.string().nullish() }));
const variables = z.array(z.object({ key: z.string(), value: z.string() }));
const standing = z.object({ status: z.string() });

const underWay: Readonly<Record<string, string>> = {
  created: 'queued',
  preparing: 'queued',
  pending: 'queued',
  waiting_for_resource: 'waits for another pipeline of its resource group',
  waiting_for_callback: 'waits for another system',
  running: 'running',
  canceling: 'is being canceled',
  manual: 'waits until somebody starts a manual job',
  scheduled: 'waits for the time of a delayed job',
};
const endings: Readonly<Record<string, string>> = {
  failed: 'the pipeline failed',
  canceled: 'the pipeline was canceled',
  skipped: 'the pipeline was skipped',
};

/**
 * Makes a deploy by a pipeline of GitLab, with the variables SERVICE, COLOR, VERSION and RELEASE. A start that may have
 * been sent before is searched for by the release's id, in the pipeline's name or its variables.
 */
export function gitlabDeploy(
  options: z.output<typeof gitlabDeployOptions>,
  search: Search = usualSearch,
): Deploy {
  const { url, project, ref, token } = options;
  const base = `/api/v4/projects/${encodeURIComponent(project)}`;
  const { ask, said, refused } = makeAsker({
    name: 'GitLab',
    base: url,
    token,
    hints: {
      400: 'the ref, the file .gitlab-ci.yml, or who may set pipeline variables',
      401: 'is the token still valid?',
      403: 'may the token run pipelines of the project?',
      404: 'project or pipeline; or the token may not see it',
    },
    spentHeader: 'ratelimit-remaining',
    resetHeader: 'ratelimit-reset',
  });
  /** The release of each pipeline, or none; this never changes. */
  const releaseOf = new Map<string, string | undefined>();

  async function find(release: string, signal: AbortSignal): Promise<Found> {
    const query = `?source=api&ref=${encodeURIComponent(ref)}&order_by=id&sort=desc&per_page=${pipelinesAsked}`;
    const answer = await ask(`${base}/pipelines${query}`, signal);
    if (!isGood(answer)) return { reason: said(answer) };
    const list = pipelines.safeParse(jsonOf(answer.body));
    if (!list.success) return { reason: 'GitLab answered without a list of pipelines' };
    // Of two pipelines the first one counts, for every process.
    const oldestFirst = list.data.reverse();
    const named = oldestFirst.find(({ name }) => name?.includes(release));
    if (named) return { id: named.id };
    for (const { id } of oldestFirst) {
      if (!releaseOf.has(id)) {
        const asked = await ask(`${base}/pipelines/${id}/variables`, signal);
        if (!isGood(asked)) return { reason: said(asked) };
        const set = variables.safeParse(jsonOf(asked.body));
        if (!set.success) return { reason: 'GitLab answered without a list of variables' };
        releaseOf.set(id, set.data.find(({ key }) => key === 'RELEASE')?.value);
      }
      if (releaseOf.get(id) === release) return { id };
    }
    return undefined;
  }

  async function send(job: DeployJob, signal: AbortSignal): Promise<Sent> {
    const { service, color, version, release } = job;
    const set = { SERVICE: service, COLOR: color, VERSION: version, RELEASE: release };
    const json = { ref, variables: Object.entries(set).map(([key, value]) => ({ key, value })) };
    const answer = await ask(`${base}/pipeline`, signal, { json });
    if (!isGood(answer)) return refused(answer);
    const body = created.safeParse(jsonOf(answer.body));
    return body.success
      ? { id: body.data.id }
      : { unnamed: 'GitLab answered without the id of a pipeline, and has none of this release' };
  }

  const follow: Deploy['follow'] = async (id, signal) => {
    const page = pageOf(url, `${project}/-/pipelines/${encodeURIComponent(id)}`);
    const answer = await ask(`${base}/pipelines/${encodeURIComponent(id)}`, signal);
    const running = (message: string) => ({ state: 'running' as const, message, url: page });
    if (!isGood(answer)) return running(said(answer));
    const body = standing.safeParse(jsonOf(answer.body));
    if (!body.success) return running('GitLab answered without a status of the pipeline');
    const { status } = body.data;
    if (status === 'success') return { state: 'succeeded', url: page };
    const failed = endings[status];
    if (failed !== undefined) return { state: 'failed', message: failed, url: page };
    return running(underWay[status] ?? `GitLab says ${wordOf(status)}`);
  };

  async function cancel(id: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await ask(`${base}/pipelines/${encodeURIComponent(id)}/cancel`, signal, {
      method: 'POST',
    });
    return isGood(answer) ? undefined : said(answer);
  }

  return {
    deadlineMs: options.deadline,
    pollMs,
    start: startOnce({ name: 'GitLab', find, send }, search),
    follow,
    stop: stopRun({ name: 'GitLab', run: 'pipeline', everyMs: search.everyMs, find, follow, cancel }),
  };
}

/** A page below `url`, for people: without credentials and query. */
function pageOf(url: string, path: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, '')}/${path}`;
}
