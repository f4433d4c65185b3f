import { startCiServer } from './ci-server.ts';
import type { CiAnswer, CiEnding, CiJob, CiServer } from './ci-server.ts';

const statuses: Record<CiEnding, string> = { succeeded: 'success', failed: 'failed', cancelled: 'canceled' };
const project = '/api/v4/projects/acme%2Fcheckout';
const refused = (status: number, message: unknown): CiAnswer => ({ status, json: { message } });

/** How a GitLab is set up. `named`: the file's `workflow:name` holds the release. */
export interface GitlabKind {
  named: boolean;
  /** What its project says of itself besides its path. */
  project?: object;
  /** Of the token; undefined: it may not ask for itself. */
  scopes?: readonly string[] | undefined;
}

/** GitLab's REST API as far as a deploy needs it. */
export function startGitlab(token: string, kind: GitlabKind): Promise<CiServer> {
  const { named } = kind;
  return startCiServer((request, url, body, server) => {
    const { headers, method } = request;
    if (headers.authorization !== `Bearer ${token}` || server.levers.expired)
      return refused(401, '401 Unauthorized');
    if (method === 'GET' && url.pathname === '/api/v4/personal_access_tokens/self')
      return kind.scopes ? { status: 200, json: { scopes: kind.scopes } } : refused(404, '404 Not Found');
    if (method === 'GET' && url.pathname === project)
      return { status: 200, json: { id: 1, path_with_namespace: 'acme/checkout', ...kind.project } };
    if (!url.pathname.startsWith(`${project}/`)) return refused(404, '404 Project Not Found');
    const path = url.pathname.slice(project.length + 1);
    const pipeline = ({ id, job, ending, canceling }: (typeof server.runs)[number]) => ({
      id,
      iid: id,
      project_id: 1,
      status: ending === undefined ? (canceling ? 'canceling' : 'running') : statuses[ending],
      source: 'api',
      ref: 'main',
      name: named ? `Deploy ${job.version} (${job.release})` : null,
      web_url: `https://evil.example/${id}`,
    });
    if (method === 'POST' && path === 'pipeline') {
      const sent = JSON.parse(body) as { ref: string; variables: { key: string; value: string }[] };
      if (sent.ref !== 'main') return refused(400, { base: ['Reference not found'] });
      if (Object.keys(sent).join() !== 'ref,variables') return refused(400, 'variables are missing');
      const job = Object.fromEntries(sent.variables.map(({ key, value }) => [key.toLowerCase(), value]));
      return { status: 201, begun: true, json: pipeline(server.begin(job as unknown as CiJob)) };
    }
    const toCancel = /^pipelines\/(\d+)\/cancel$/.exec(path)?.[1];
    if (method === 'POST' && toCancel !== undefined) {
      const run = server.runs.find((one) => String(one.id) === toCancel);
      if (!run) return refused(404, '404 Not found');
      server.cancel(run);
      return { status: 200, json: pipeline(run) };
    }
    if (method !== 'GET') return refused(405, '405 Method Not Allowed');
    if (path === 'pipelines') {
      const wanted = { source: 'api', ref: 'main', order_by: 'id', sort: 'desc', per_page: '20' };
      if (new URLSearchParams(wanted).toString() !== url.searchParams.toString())
        return refused(400, 'query');
      return { status: 200, json: server.runs.map(pipeline).reverse().slice(0, 20) };
    }
    const [, ref] = /^repository\/commits\/([^/]+)$/.exec(path) ?? [];
    if (ref === 'main') return { status: 200, json: { id: '6104942438c14ec7bd21c6cd5bd995272b3faff6' } };
    const [, id, more] = /^pipelines\/(\d+)(\/variables)?$/.exec(path) ?? [];
    const found = server.runs.find((one) => String(one.id) === id);
    if (!found) return refused(404, '404 Not found');
    if (more === undefined) return { status: 200, json: pipeline(found) };
    const set = Object.entries(found.job).map(([key, value]) => ({
      key: key.toUpperCase(),
      variable_type: 'env_var',
      value,
    }));
    return { status: 200, json: set };
  });
}
