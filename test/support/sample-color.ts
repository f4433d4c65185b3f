import { text } from 'node:stream/consumers';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Color } from '../../src/release/color.ts';
import { closeServer, listen } from './listen.ts';
import { freePort } from './ports.ts';

/** How a sample color answers; change the fields at any time. */
export interface Levers {
  version: string;
  /** Milliseconds before each answer. */
  slowMs: number;
  /** `/healthz` answers 503, and says why. */
  fail: boolean;
  /** Takes connections and never answers. */
  hang: boolean;
  /** What `/metrics` says of errors: the share of requests that fail. */
  errorRatio: number;
  /** True: this request, which is no check, answers 500. */
  fails: (path: string) => boolean;
  /** What this request answers in place of the usual; undefined: the usual. */
  answers: (path: string) => { status?: number; headers?: Record<string, string>; body: string } | undefined;
  /** More in each JSON answer. */
  more: Record<string, unknown>;
  /** A server that each answer needs, but for those of checks. Without it they are 503. */
  needs: string | undefined;
  /** Carries out what a POST says; rejects: the answer is 500. */
  takes: ((body: string) => Promise<void>) | undefined;
}

/**
 * One color of a service: `/healthz` and everything else answer `{version}` and the header `x-color`. `/metrics` counts
 * the answers to all requests that are no checks, as `sample_requests_total` by status.
 */
export interface SampleColor {
  readonly color: Color;
  readonly port: number;
  readonly url: string;
  readonly levers: Levers;
  /** Paths asked so far, oldest first. */
  readonly requests: string[];
  /** Connections taken so far. */
  connections(): number;
  /** Closes the port, so that connections are refused. */
  die(): Promise<void>;
  /** Listens on the same port again. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a sample color in this process. */
export async function startColor(color: Color, version: string): Promise<SampleColor> {
  const levers: Levers = {
    version,
    slowMs: 0,
    fail: false,
    hang: false,
    errorRatio: 0,
    fails: () => false,
    answers: () => undefined,
    more: {},
    needs: undefined,
    takes: undefined,
  };
  const answers = { 200: 0, 500: 0, 503: 0 };
  const requests: string[] = [];
  let taken = 0;
  const port = await freePort();

  const metrics = (): string =>
    [
      `sample_error_ratio{color="${color}"} ${levers.errorRatio}`,
      ...Object.entries(answers).map(
        ([status, count]) => `sample_requests_total{color="${color}",status="${status}"} ${count}`,
      ),
      '',
    ].join('\n');
  const carriedOut = async (request: IncomingMessage): Promise<200 | 500> => {
    if (request.method !== 'POST' || !levers.takes) return 200;
    try {
      await levers.takes(await text(request));
      return 200;
    } catch {
      return 500;
    }
  };
  const statusOf = async (request: IncomingMessage, path: string): Promise<keyof typeof answers> => {
    if (path.startsWith('/healthz')) return levers.fail ? 503 : 200;
    const status = levers.fails(path) ? 500 : (await works(levers.needs)) ? await carriedOut(request) : 503;
    answers[status] += 1;
    return status;
  };
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/';
    requests.push(path);
    if (levers.hang) return;
    const timer = setTimeout(() => {
      if (path === '/metrics') {
        response.setHeader('content-type', 'text/plain; version=0.0.4');
        response.end(metrics());
        return;
      }
      const own = levers.answers(path);
      if (own) {
        response.writeHead(own.status ?? 200, { 'content-type': 'application/json', ...own.headers });
        response.end(own.body);
        return;
      }
      void statusOf(request, path).then((status) => {
        response.statusCode = status;
        response.setHeader('content-type', 'application/json');
        response.setHeader('x-color', color);
        const message = status === 503 ? { message: 'no connection to the database' } : {};
        response.end(JSON.stringify({ version: levers.version, color, ...levers.more, ...message }));
      });
    }, levers.slowMs);
    response.once('close', () => clearTimeout(timer));
  };
  const open = async () => {
    const made = createServer(answer);
    made.on('connection', () => {
      taken += 1;
    });
    await listen(made, port);
    return made;
  };
  let server = await open();
  return {
    color,
    port,
    url: `http://127.0.0.1:${port}`,
    levers,
    requests,
    connections: () => taken,
    die: () => closeServer(server),
    async revive() {
      if (!server.listening) server = await open();
    },
    stop: () => closeServer(server),
  };
}

/** True when this server answers well. Without an address there is nothing to ask. */
function works(url: string | undefined): Promise<boolean> {
  if (url === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    get(url, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).once('error', () => resolve(false));
  });
}
