import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
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
}

/** One color of a service: `/healthz` and everything else answer `{version}` and the header `x-color`. */
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
  const levers: Levers = { version, slowMs: 0, fail: false, hang: false, errorRatio: 0 };
  const requests: string[] = [];
  let taken = 0;
  const port = await freePort();

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/';
    requests.push(path);
    if (levers.hang) return;
    const timer = setTimeout(() => {
      if (path === '/metrics') {
        response.setHeader('content-type', 'text/plain; version=0.0.4');
        response.end(`sample_error_ratio{color="${color}"} ${levers.errorRatio}\n`);
        return;
      }
      const ill = levers.fail && path.startsWith('/healthz');
      response.statusCode = ill ? 503 : 200;
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-color', color);
      const message = ill ? { message: 'no connection to the database' } : {};
      response.end(JSON.stringify({ version: levers.version, color, ...message }));
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
