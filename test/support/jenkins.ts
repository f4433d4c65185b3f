import { startCiServer } from './ci-server.ts';
import type { CiAnswer, CiEnding, CiJob, CiServer } from './ci-server.ts';

const results: Record<CiEnding, string> = {
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
  cancelled: 'ABORTED',
};
const refused = (status: number, message: string): CiAnswer => ({ status, json: { message } });

/** `waits`: builds stay in the queue until they end. `crumb`: builds are taken only with a crumb and its session. */
export interface JenkinsKind {
  waits: boolean;
  crumb: boolean;
  /** What the job says of itself; by default it can be built with its four parameters. */
  described?: object;
}

const withParameters = {
  _class: 'org.jenkinsci.plugins.workflow.job.WorkflowJob',
  buildable: true,
  property: [
    { _class: 'jenkins.model.BuildDiscarderProperty' },
    {
      _class: 'hudson.model.ParametersDefinitionProperty',
      parameterDefinitions: ['SERVICE', 'COLOR', 'VERSION', 'RELEASE'].map((name) => ({
        _class: 'hudson.model.StringParameterDefinition',
        name,
      })),
    },
  ],
};

/** Jenkins' remote API as far as a deploy needs it, for the job `team/deploy checkout` of the user `bot`. */
export function startJenkins(token: string, kind: JenkinsKind): Promise<CiServer> {
  const dequeued = new Set<number>();
  const login = `Basic ${Buffer.from(`bot:${token}`).toString('base64')}`;
  return startCiServer((request, url, body, server) => {
    const { headers, method } = request;
    if (headers.authorization !== login || server.levers.expired) return refused(401, 'Unauthorized');
    const tree = url.searchParams.get('tree') ?? '';
    const parameters = ({ job }: (typeof server.runs)[number]) =>
      tree.includes('actions[parameters[name,value]]') && {
        actions: [
          { _class: 'hudson.model.CauseAction' },
          {
            parameters: Object.entries(job).map(([name, value]) => ({ name: name.toUpperCase(), value })),
          },
          {},
        ],
      };
    const isWaiting = (run: (typeof server.runs)[number]) => kind.waits && run.ending === undefined;
    const crumbed = headers['jenkins-crumb'] === 'c4' && headers.cookie === 'JSESSIONID=s1';
    if (method === 'POST' && kind.crumb && !crumbed)
      return refused(403, 'No valid crumb was included in the request');
    const job = '/job/team/job/deploy%20checkout';
    if (method === 'POST' && url.pathname === `${job}/buildWithParameters`) {
      if (headers['content-type'] !== 'application/x-www-form-urlencoded') return refused(400, 'form');
      const sent = Object.fromEntries([...new URLSearchParams(body)].map(([k, v]) => [k.toLowerCase(), v]));
      const { id } = server.begin(sent as unknown as CiJob);
      return { status: 201, begun: true, headers: { location: `${server.url}/queue/item/${id}/` } };
    }
    if (method === 'POST' && url.pathname === '/queue/cancelItem') {
      const item = server.runs.find((run) => String(run.id) === url.searchParams.get('id') && isWaiting(run));
      if (!item) return refused(404, 'Not Found');
      server.cancel(item);
      if (item.ending !== undefined) dequeued.add(item.id);
      return { status: 204 };
    }
    const toStop = /^\/(\d+)\/stop$/.exec(url.pathname.replace(job, ''))?.[1];
    if (method === 'POST' && toStop !== undefined) {
      const build = server.runs.find((run) => String(run.id - 100) === toStop && !isWaiting(run));
      if (!build) return refused(404, 'Not Found');
      server.cancel(build);
      return { status: 302, headers: { location: `${server.url}/elsewhere` } };
    }
    if (method !== 'GET') return refused(405, 'Method Not Allowed');
    if (url.pathname === '/crumbIssuer/api/json')
      return {
        status: 200,
        headers: { 'set-cookie': 'JSESSIONID=s1; Path=/; HttpOnly' },
        json: { crumb: 'c4', crumbRequestField: 'Jenkins-Crumb' },
      };
    if (url.pathname === '/queue/api/json') {
      const items = server.runs.filter(isWaiting).map((run) => ({ id: run.id, ...parameters(run) }));
      return { status: 200, json: { items } };
    }
    if (url.pathname === '/job/team/api/json') return { status: 200, json: { _class: 'Folder' } };
    if (url.pathname === `${job}/api/json`) {
      if (tree === 'buildable,property[parameterDefinitions[name]]')
        return { status: 200, json: { ...withParameters, ...kind.described } };
      if (!/^builds\[number,queueId,building,result.*\]\{0,30\}$/.test(tree)) return refused(400, 'tree');
      const builds = server.runs
        .filter((run) => !isWaiting(run) && !dequeued.has(run.id))
        .map((run) => ({
          number: run.id - 100,
          queueId: run.id,
          building: run.ending === undefined,
          result: run.ending === undefined ? null : results[run.ending],
          ...parameters(run),
        }))
        .reverse();
      return { status: 200, json: { builds } };
    }
    const [, item] = /^\/queue\/item\/(\d+)\/api\/json$/.exec(url.pathname) ?? [];
    const found = server.runs.find((run) => String(run.id) === item && isWaiting(run));
    if (dequeued.has(Number(item))) return { status: 200, json: { why: null, cancelled: true } };
    if (found) return { status: 200, json: { why: 'Waiting for next available executor', cancelled: false } };
    return refused(404, 'Not Found');
  });
}
