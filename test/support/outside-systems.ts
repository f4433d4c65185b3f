import { createServer } from 'node:http';
import { closeServer, listen } from './listen.ts';
import { freePort } from './ports.ts';

/**
 * The outside systems of a village in one server: hooks, deploys, a probe that may deny the switch, and one number for
 * each service, as Prometheus gives it.
 */
export interface DeskServer {
  readonly url: string;
  /** `<service>/<point>` of every hook call and `<service>/deploy` of every start, oldest first. */
  readonly calls: string[];
  /** Hooks of this `<service>/<point>` are not answered until `answer`. */
  hold(call: string): void;
  answer(call: string): void;
  /** Settings that call this server. */
  hooks(service: string, ...points: string[]): { hooks: Record<string, unknown>[] };
  deploy(service: string): { deploy: Record<string, unknown> };
  /** A probe that always says blue. */
  denial(service: string): { probe: Record<string, unknown> };
  /** A limit of 0.5 for its number, and a revert by itself `after` its countdown, when the number is beyond. */
  autoRevert(service: string, after: string): { promotion: object; compare: object };
  /** What the number of this service is from now on; 0 until then. */
  number(service: string, value: number): void;
  stop(): Promise<void>;
}

/** Starts it. */
export async function startDesk(): Promise<DeskServer> {
  const calls: string[] = [];
  const held = new Map<string, (() => void)[]>();
  const numbers = new Map<string, number>();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = createServer((request, response) => {
    request.resume();
    const [, kind = '', service = '', point = ''] = (request.url ?? '').split('/');
    const answer = (body: object): void => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-color', 'blue');
      response.end(JSON.stringify(body));
    };
    if (kind === 'status') return answer({ state: 'succeeded' });
    if (kind === 'number') {
      const value = [Date.now() / 1_000, String(numbers.get(service) ?? 0)];
      return answer({ status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value }] } });
    }
    if (kind === 'probe') return answer({ version: 'v1' });
    const call = `${service}/${kind === 'deploy' ? 'deploy' : point}`;
    calls.push(call);
    const waiting = held.get(call);
    if (waiting) return void waiting.push(() => answer({}));
    return answer(kind === 'deploy' ? { id: service } : {});
  });
  await listen(server, port);
  return {
    url,
    calls,
    hold: (call) => void held.set(call, []),
    answer(call) {
      for (const go of held.get(call) ?? []) go();
      held.delete(call);
    },
    hooks: (service, ...points) => ({
      hooks: points.map((at) => ({ at, url: `${url}/hook/${service}/${at}`, deadline: '30s' })),
    }),
    deploy: (service) => ({
      deploy: {
        kind: 'webhook',
        url: `${url}/deploy/${service}`,
        statusUrl: `${url}/status/{id}`,
        deadline: '30s',
      },
    }),
    denial: (service) => ({
      probe: { url: `${url}/probe/${service}`, colorHeader: 'x-color', requests: 1 },
    }),
    autoRevert: (service, after) => ({
      promotion: { bake: '5m', autoRevert: { on: ['limit'], after } },
      compare: {
        prometheus: { url: `${url}/number/${service}` },
        limit: { query: 'errors', above: 0.5 },
      },
    }),
    number: (service, value) => void numbers.set(service, value),
    stop: () => closeServer(server),
  };
}
