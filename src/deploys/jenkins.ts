import { z } from 'zod';
import { oneLineText } from '../net/answer-path.ts';
import { jsonOf } from '../net/call.ts';
import type { CallAnswer, Call } from '../net/call.ts';
import { httpUrlSchema, tokenSchema } from '../net/url.ts';
import { durationSchema } from '../release/duration.ts';
import type { Deploy, DeployJob, Doubt } from '../release/ports.ts';
import { isGood, makeAsker, plainStatusWord } from './asker.ts';
import type { AskerAnswer } from './asker.ts';
import { startOnce, usualSearch } from './start-once.ts';
import type { SearchResult, Search, StartResult } from './start-once.ts';
import { stopRun } from './stop-run.ts';

const pollMs = 2_000;
/** Most builds searched for a started one. */
const buildsAsked = 30;

/** Options of a deploy by a job of Jenkins. `job`: its name after its folders: `team/deploy-checkout`. */
export const jenkinsDeployOptions = z.strictObject({
  kind: z.literal('jenkins'),
  url: httpUrlSchema,
  job: z
    .string()
    .regex(/^[^/\p{Cc}]{1,100}(?:\/[^/\p{Cc}]{1,100}){0,9}$/u, 'must be the name of a job, or folder/name')
    .refine((job) => !job.split('/').some((part) => /^\.+$/.test(part)), 'must not contain . or ..'),
  user: z.string().regex(/^[^:\p{Cc}]{1,200}$/u, 'must be a user of Jenkins'),
  token: tokenSchema,
  deadline: durationSchema.prefault('20m'),
});

const id = z.int().nonnegative();
const parameters = z
  .array(
    z
      .object({ parameters: z.array(z.object({ name: z.string(), value: z.unknown() })).nullish() })
      .nullable(),
  )
  .nullish();
const queue = z.object({ items: z.array(z.object({ id, actions: parameters })) });
const builds = z.object({
  builds: z.array(
    z.object({
      number: id,
      queueId: id,
      building: z.boolean(),
      result: z.string().nullable(),
      actions: parameters,
    }),
  ),
});
const described = z.object({
  buildable: z.boolean(),
  property: z
    .array(z.object({ parameterDefinitions: z.array(z.object({ name: z.string() })).nullish() }).nullable())
    .nullish(),
});
const queued = z.object({ why: z.string().nullish(), cancelled: z.boolean().nullish() });
const crumbs = z.object({
  crumb: z.string().regex(/^[\x21-\x7e]{1,500}$/),
  crumbRequestField: z.string().regex(/^[\w.-]{1,100}$/),
});

const endings: Readonly<Record<string, string>> = {
  FAILURE: 'the build failed',
  ABORTED: 'the build was aborted',
  UNSTABLE: 'the build is unstable',
  NOT_BUILT: 'the build did not run',
};

/**
 * Makes a deploy by a job of Jenkins with the parameters SERVICE, COLOR, VERSION and RELEASE. Its id is that of the
 * queue item, which the build keeps: the queue forgets an item some minutes after its build began. A start that may
 * have been sent before is searched for by RELEASE, in the queue and among the newest builds.
 */
export function jenkinsDeploy(
  options: z.output<typeof jenkinsDeployOptions>,
  search: Search = usualSearch,
): Deploy {
  const { url, user, token } = options;
  const job = options.job
    .split('/')
    .map((part) => `/job/${encodeURIComponent(part)}`)
    .join('');
  const asker = makeAsker({
    name: 'Jenkins',
    base: url,
    headers: { authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` },
    hints: {
      400: 'does the job have parameters?',
      401: 'are user and token still valid?',
      403: 'may the user build the job?',
      404: 'check the job, and whether the user may see it',
    },
    spentHeader: '',
    resetHeader: '',
  });

  const { ask } = asker;

  /** Jenkins' message, and the missing permission: `Item.Build` is Job/Build. */
  function said(answer: AskerAnswer): string {
    const wanted = answer.answered ? answer.headers['x-required-permission'] : undefined;
    const text = asker.said(answer);
    if (typeof wanted !== 'string' || !/^[\w.]{1,100}$/.test(wanted)) return text;
    return `${text}; it needs the permission ${wanted.replace(/^hudson\.model\./, '')}`;
  }

  const buildsPath = (more: string) =>
    `${job}/api/json?tree=${encodeURIComponent(`builds[number,queueId,building,result${more}]{0,${buildsAsked}}`)}`;
  const withParameters = 'actions[parameters[name,value]]';

  async function find(release: string, signal: AbortSignal): Promise<SearchResult> {
    // The queue is read first: an item that leaves it meanwhile is then among the builds.
    const waiting = await ask(
      `/queue/api/json?tree=${encodeURIComponent(`items[id,${withParameters}]`)}`,
      signal,
    );
    if (!isGood(waiting)) return { reason: said(waiting) };
    const items = queue.safeParse(jsonOf(waiting.body));
    if (!items.success) return { reason: 'Jenkins answered without a queue' };
    const answer = await ask(buildsPath(`,${withParameters}`), signal);
    if (!isGood(answer)) return { reason: said(answer) };
    const list = builds.safeParse(jsonOf(answer.body));
    if (!list.success) return { reason: 'Jenkins answered without a list of builds' };
    const ours = [
      ...items.data.items.filter(({ actions }) => isOf(release, actions)).map((item) => item.id),
      ...list.data.builds.filter(({ actions }) => isOf(release, actions)).map((build) => build.queueId),
    ];
    // Of two builds the first one counts, for every process.
    return ours.length === 0 ? undefined : { id: String(Math.min(...ours)) };
  }

  async function post(path: string, content: string, signal: AbortSignal): Promise<CallAnswer> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await ask(path, signal, { content, headers });
    if (!answer.answered || answer.status !== 403 || !/crumb/i.test(answer.body)) return answer;
    const crumb = await crumbHeaders(signal);
    return crumb === undefined ? answer : ask(path, signal, { content, headers: { ...headers, ...crumb } });
  }

  /** The crumb's headers. An API token needs no crumb; a password, and some proxies, do. Valid for its session. */
  async function crumbHeaders(signal: AbortSignal): Promise<Call['headers']> {
    const answer = await ask('/crumbIssuer/api/json', signal);
    const body = isGood(answer) ? crumbs.safeParse(jsonOf(answer.body)) : undefined;
    if (!answer.answered || !body?.success) return undefined;
    const cookies = [answer.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';', 1)[0]);
    const { crumb, crumbRequestField } = body.data;
    return {
      [crumbRequestField.toLowerCase()]: crumb,
      ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
    };
  }

  /** The build of a queue item; undefined: none yet, or not among the newest. */
  async function buildOf(
    item: string,
    signal: AbortSignal,
  ): Promise<{ build: z.output<typeof builds>['builds'][number] | undefined } | { reason: string }> {
    const answer = await ask(buildsPath(''), signal);
    if (!isGood(answer)) return { reason: said(answer) };
    const list = builds.safeParse(jsonOf(answer.body));
    if (!list.success) return { reason: 'Jenkins answered without a list of builds' };
    return { build: list.data.builds.find(({ queueId }) => String(queueId) === item) };
  }

  async function send(it: DeployJob, signal: AbortSignal): Promise<StartResult> {
    const { service, color, version, release } = it;
    const form = { SERVICE: service, COLOR: color, VERSION: version, RELEASE: release };
    const answer = await post(`${job}/buildWithParameters`, new URLSearchParams(form).toString(), signal);
    if (!isGood(answer)) return { ...asker.refused(answer), reason: said(answer) };
    const item = /\/queue\/item\/(\d{1,15})\/?$/.exec(String(answer.headers['location'] ?? ''))?.[1];
    if (answer.status === 201 && item !== undefined) return { id: item };
    return {
      unnamed:
        'Jenkins accepted the build, but no build has the release as a parameter; does the job have RELEASE?',
    };
  }

  const follow: Deploy['follow'] = async (item, signal) => {
    const page = pageOf(url, job);
    const running = (message: string) => ({ state: 'running' as const, message, url: page });
    const found = await buildOf(item, signal);
    if ('reason' in found) return running(found.reason);
    const { build } = found;
    if (build !== undefined) {
      const at = `${page}${build.number}/`;
      if (build.building || build.result === null) return { state: 'running', message: 'running', url: at };
      if (build.result === 'SUCCESS') return { state: 'succeeded', url: at };
      const message = endings[build.result] ?? `the build ended with ${plainStatusWord(build.result)}`;
      return { state: 'failed', message, url: at };
    }
    const path = `/queue/item/${encodeURIComponent(item)}/api/json?tree=why,cancelled`;
    const waiting = await ask(path, signal);
    if (waiting.answered && waiting.status === 404)
      return running(`Jenkins has it neither in the queue nor among its ${buildsAsked} newest builds`);
    if (!isGood(waiting)) return running(said(waiting));
    const read = queued.safeParse(jsonOf(waiting.body));
    if (!read.success) return running('Jenkins answered without an item of its queue');
    if (read.data.cancelled === true)
      return { state: 'failed', message: 'the build was cancelled in the queue', url: page };
    return running(read.data.why ? `in the queue: ${oneLineText(read.data.why, 200)}` : 'in the queue');
  };

  /** Cancels the queue item or its build; the item may leave the queue in between. */
  async function cancel(item: string, signal: AbortSignal): Promise<string | undefined> {
    for (let tries = 0; ; tries += 1) {
      const found = await buildOf(item, signal);
      if ('reason' in found) return found.reason;
      const { build } = found;
      const path = build ? `${job}/${build.number}/stop` : `/queue/cancelItem?id=${encodeURIComponent(item)}`;
      const answer = await post(path, '', signal);
      const status = answer.answered ? answer.status : undefined;
      // Jenkins redirects to a page when it has accepted.
      if (isGood(answer) || status === 302 || status === 303) return undefined;
      if (build || status !== 404 || tries > 0) return said(answer);
    }
  }

  async function doubts(signal: AbortSignal): Promise<Doubt[]> {
    const tree = encodeURIComponent('buildable,property[parameterDefinitions[name]]');
    const answer = await ask(`${job}/api/json?tree=${tree}`, signal);
    if (!isGood(answer)) return [{ ...asker.doubt(answer), what: said(answer) }];
    const read = described.safeParse(jsonOf(answer.body));
    if (!read.success)
      return [
        {
          what: 'Jenkins answered without a job',
          fix: 'correct deploy.url, or deploy.job: a folder is not a job',
        },
      ];
    const found: Doubt[] = [];
    if (!read.data.buildable) found.push({ what: 'the job is disabled', fix: 'enable the job on its page' });
    const names = (read.data.property ?? []).flatMap((each) => each?.parameterDefinitions ?? []);
    // Jenkins drops the value of a parameter that the job does not have. One job may know its service by itself.
    const lacking = ['COLOR', 'VERSION', 'RELEASE'].filter((name) =>
      names.every((each) => each.name !== name),
    );
    if (lacking.length > 0)
      found.push({
        what: `the job lacks ${lacking.length === 1 ? 'the parameter' : 'the parameters'} ${lacking.join(', ')}`,
        fix: 'add them to its parameters; with a Jenkinsfile, Jenkins knows them after the first build',
      });
    return found;
  }

  return {
    deadlineMs: options.deadline,
    pollMs,
    examined: `Jenkins accepts user and token, and has the job ${options.job} with its parameters`,
    doubts,
    start: startOnce({ name: 'Jenkins', find, send }, search),
    follow,
    stop: stopRun({ name: 'Jenkins', run: 'build', everyMs: search.everyMs, find, follow, cancel }),
  };
}

function isOf(release: string, actions: z.output<typeof parameters>): boolean {
  return (actions ?? []).some((action) =>
    action?.parameters?.some(({ name, value }) => name === 'RELEASE' && value === release),
  );
}

/** The job's page, for people: without the credentials and the query of `url`. */
function pageOf(url: string, job: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, '')}${job}/`;
}
