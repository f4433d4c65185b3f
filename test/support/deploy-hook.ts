import { startCiServer } from './ci-server.ts';
import type { CiJob, CiServer } from './ci-server.ts';

/** A system of one's own that deploys at `/deploys` and honours the `Idempotency-Key`. */
export function startDeployHook(token: string): Promise<CiServer> {
  return startCiServer((request, url, text, { levers, runs, begin }) => {
    if (levers.expired || request.headers.authorization !== `Bearer ${token}`) return { status: 401 };
    if (request.method === 'POST') {
      const known = runs.find(({ job }) => job.release === request.headers['idempotency-key']);
      const { id } = known ?? begin(JSON.parse(text) as CiJob);
      return { status: 202, json: { id }, begun: known === undefined };
    }
    const run = runs.find(({ id }) => url.pathname === `/deploys/${id}`);
    if (run === undefined) return { status: 404 };
    return { status: 200, json: { state: run.ending?.replace('cancelled', 'failed') ?? 'running' } };
  });
}
