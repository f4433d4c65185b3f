import { startCiServer } from './ci-server.ts';
import type { CiAnswer, CiEnding, CiJob, CiServer } from './ci-server.ts';
import { giveToken } from './github-app.ts';
import type { GithubApp } from './github-app.ts';

/** How much a GitHub knows and how its workflow is written. */
export interface GithubKind {
  /** Gives the run of a dispatch when asked to; older ones refuse the key, or do not know it. */
  details: 'given' | 'refused' | 'ignored';
  /** The workflow's `run-name` holds the release. */
  named: boolean;
  /** Of the workflow: `active` unless it says otherwise. */
  state?: string;
  /** The repository has another name now: GitHub leads from the old one to its number. */
  renamed?: boolean;
  /** Takes only tokens that this App was given, in place of the one token. */
  app?: GithubApp;
}

const conclusions: Record<CiEnding, string> = {
  succeeded: 'success',
  failed: 'failure',
  cancelled: 'cancelled',
};
const inputs = ['service', 'color', 'version', 'release'];
const refused = (status: number, message: string): CiAnswer => ({ status, json: { message } });

/** GitHub's REST API as far as a deploy needs it, strict about what its reference says. */
export function startGithub(token: string, kind: GithubKind): Promise<CiServer> {
  return startCiServer((request, url, body, server) => {
    const { headers, method } = request;
    if (!headers['user-agent']) return refused(403, 'Request forbidden by administrative rules.');
    if (headers['x-github-api-version'] !== '2022-11-28') return refused(400, 'Unsupported version');
    const authorization = headers.authorization ?? '';
    if (server.levers.expired) return refused(401, 'Bad credentials');
    const [, installation] = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(url.pathname) ?? [];
    if (kind.app && method === 'POST' && installation !== undefined)
      return giveToken(kind.app, installation, authorization, body, token);
    const good = kind.app?.tokens ?? new Set([token]);
    if (!authorization.startsWith('Bearer ') || !good.has(authorization.slice('Bearer '.length)))
      return refused(401, 'Bad credentials');
    const run = (one: (typeof server.runs)[number]) => ({
      id: one.id,
      name: 'Deploy',
      display_title: kind.named ? `Deploy ${one.job.version} (${one.job.release})` : 'Deploy',
      event: 'workflow_dispatch',
      status: one.ending === undefined ? 'in_progress' : 'completed',
      conclusion: one.ending === undefined ? null : conclusions[one.ending],
      html_url: `https://evil.example/${one.id}`,
    });
    const [, by, path = ''] =
      /^\/(repos\/acme\/checkout|repositories\/17)\/actions\/(.+)$/.exec(url.pathname) ?? [];
    if (kind.renamed && by === 'repos/acme/checkout') {
      const location = `${server.url}/repositories/17/actions/${path}${url.search}`;
      const status = method === 'GET' ? 301 : 307;
      return { status, headers: { location }, json: { message: 'Moved Permanently', url: location } };
    }
    if (method === 'POST' && path === 'workflows/deploy.yml/dispatches') {
      const sent = JSON.parse(body) as Record<string, unknown> & { inputs?: Record<string, string> };
      const known = ['ref', 'inputs', ...(kind.details === 'refused' ? [] : ['return_run_details'])];
      const unknown = Object.keys(sent).find((key) => !known.includes(key));
      if (unknown) return refused(422, `Invalid request.\n\n"${unknown}" is not a permitted key.`);
      if (sent['ref'] !== 'main') return refused(422, `No ref found for: ${String(sent['ref'])}`);
      const given = Object.keys(sent.inputs ?? {});
      const odd = given.filter((name) => !inputs.includes(name));
      if (odd.length > 0) return refused(422, `Unexpected inputs provided: ${JSON.stringify(odd)}`);
      const lacks = inputs.find((name) => !given.includes(name));
      if (lacks) return refused(422, `Required input '${lacks}' not provided`);
      const { id } = server.begin(sent.inputs as unknown as CiJob);
      if (kind.details !== 'given' || sent['return_run_details'] !== true)
        return { status: 204, begun: true };
      const at = `${server.url}/repos/acme/checkout/actions/runs/${id}`;
      return { status: 200, begun: true, json: { workflow_run_id: id, run_url: at, html_url: at } };
    }
    if (method === 'GET' && path === 'workflows/deploy.yml/runs') {
      if (url.searchParams.get('event') !== 'workflow_dispatch') return refused(422, 'event');
      const newest = server.runs.map(run).reverse();
      return { status: 200, json: { total_count: newest.length, workflow_runs: newest } };
    }
    if (method === 'GET' && path === 'workflows/deploy.yml')
      return {
        status: 200,
        json: { id: 7, path: '.github/workflows/deploy.yml', state: kind.state ?? 'active' },
      };
    const [, id, cancels] = /^runs\/(\d+)(\/cancel)?$/.exec(path) ?? [];
    const found = server.runs.find((one) => String(one.id) === id);
    if (method === 'POST' && found && cancels !== undefined) {
      if (found.ending !== undefined) return refused(409, 'Cannot cancel a workflow run that is completed.');
      server.cancel(found);
      return { status: 202, json: {} };
    }
    return method === 'GET' && found && cancels === undefined
      ? { status: 200, json: run(found) }
      : refused(404, 'Not Found');
  });
}
