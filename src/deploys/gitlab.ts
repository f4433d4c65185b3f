import { z } from 'zod';
import { jsonOf } from '../net/call.ts';
import { httpUrlSchema, tokenSchema } from '../net/url.ts';
import { durationSchema } from '../release/duration.ts';
import type { Deploy, DeployJob, Doubt } from '../release/ports.ts';
import { isGood, makeAsker, plainStatusWord } from './asker.ts';
import { startOnce, usualSearch } from './start-once.ts';
import type { SearchResult, Search, StartResult } from './start-once.ts';
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
/** What a token may see of a project depends on GitLab's version and on its role. */
const described = z.object({
  path_with_namespace: z.string(),
  archived: z.boolean().nullish(),
  builds_access_level: z.string().nullish(),
  permissions: z.object({ project_access: memberOf(), group_access: memberOf() }).partial().nullish(),
  restrict_user_defined_variables: z.boolean().nullish(),
  ci_pipeline_variables_minimum_override_role: z.string().nullish(),
});
const granted = z.object({ scopes: z.array(z.string()) });

function memberOf() {
  return z.object({ access_level: z.int() }).nullish();
}

/** The levels of GitLab's roles. */
const roles: Readonly<Record<string, number>> = { developer: 30, maintainer: 40, owner: 50 };

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
  const { ask, said, refused, doubt } = makeAsker({
    name: 'GitLab',
    base: url,
    token,
    hints: {
      400: 'check the ref, the file .gitlab-ci.yml, and who may set pipeline variables',
      401: 'is the token still valid?',
      403: 'may the token run pipelines of the project?',
      404: 'check project and pipeline, and whether the token may see them',
    },
    spentHeader: 'ratelimit-remaining',
    resetHeader: 'ratelimit-reset',
  });
  /** The release of each pipeline, or none; this never changes. */
  const releaseOf = new Map<string, string | undefined>();

  async function find(release: string, signal: AbortSignal): Promise<SearchResult> {
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

  async function send(job: DeployJob, signal: AbortSignal): Promise<StartResult> {
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
    return running(underWay[status] ?? `GitLab says ${plainStatusWord(status)}`);
  };

  async function cancel(id: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await ask(`${base}/pipelines/${encodeURIComponent(id)}/cancel`, signal, {
      method: 'POST',
    });
    return isGood(answer) ? undefined : said(answer);
  }

  async function doubts(signal: AbortSignal): Promise<Doubt[]> {
    const [answer, commit, self] = await Promise.all([
      ask(base, signal),
      ask(`${base}/repository/commits/${encodeURIComponent(ref)}`, signal),
      ask('/api/v4/personal_access_tokens/self', signal),
    ]);
    if (!isGood(answer)) return [doubt(answer)];
    const read = described.safeParse(jsonOf(answer.body));
    if (!read.success)
      return [{ what: 'GitLab answered without a project', fix: 'correct deploy.url in the configuration' }];
    const found = doubtsOf(read.data);
    // Not every kind of token may ask for itself.
    const { scopes = ['api'] } = (isGood(self) && granted.safeParse(jsonOf(self.body)).data) || {};
    if (!scopes.includes('api') && !scopes.includes('granular'))
      found.push({ what: 'its token does not have the scope api', fix: 'make a token with the scope api' });
    if (commit.answered && commit.status === 404)
      found.push({
        what: `the project has no branch or tag ${ref}, or the token may not see it`,
        fix: 'correct deploy.ref in the configuration',
      });
    else if (!isGood(commit)) found.push(doubt(commit));
    return found;
  }

  return {
    deadlineMs: options.deadline,
    pollMs,
    examined: `GitLab accepts its token, and has the project ${project} with ${ref}`,
    doubts,
    start: startOnce({ name: 'GitLab', find, send }, search),
    follow,
    stop: stopRun({ name: 'GitLab', run: 'pipeline', everyMs: search.everyMs, find, follow, cancel }),
  };
}

/** Why a project would start no pipeline with variables. */
function doubtsOf(project: z.output<typeof described>): Doubt[] {
  const found: Doubt[] = [];
  if (project.archived === true)
    found.push({ what: 'the project is archived', fix: 'unarchive it, or correct deploy.project' });
  if (project.builds_access_level === 'disabled')
    found.push({
      what: 'CI/CD is off in the project',
      fix: 'switch CI/CD on in the settings of the project',
    });
  const { project_access: own, group_access: group } = project.permissions ?? {};
  const levels = [own, group].flatMap((member) => member?.access_level ?? []);
  // Without any the token may have its role by another way, such as a group that was invited.
  const level = levels.length === 0 ? undefined : Math.max(...levels);
  if (level !== undefined && level < 30)
    found.push({
      what: 'its token may not run pipelines',
      fix: 'give it the role Developer or, for a protected branch, Maintainer',
    });
  const { ci_pipeline_variables_minimum_override_role: least, restrict_user_defined_variables: restricted } =
    project;
  if (restricted === false || least === null || least === undefined) return found;
  const wanted = least === 'no_one_allowed' ? Infinity : (roles[least] ?? 0);
  if ((level ?? Math.max(...Object.values(roles))) < wanted)
    found.push({
      what: `its token may not set pipeline variables: the project requires ${plainStatusWord(least)}`,
      fix: 'choose the role of the token as minimum role to use pipeline variables in Settings, CI/CD, Variables',
    });
  return found;
}

/** A page below `url`, for people: without credentials and query. */
function pageOf(url: string, path: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, '')}/${path}`;
}
