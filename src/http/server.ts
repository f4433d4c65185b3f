import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse, Server } from 'node:http';
import type { Log } from '../release/parts.ts';
import { readBody, tooLarge } from './body.ts';
import type { Metrics } from './metrics.ts';
import { readiness } from './readiness.ts';
import type { ReadinessParts } from './readiness.ts';

/** A route of another part that reads the body itself, when it wants to. Answers false when the path is not its own. */
export type OtherRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<boolean>;

/** What the server is made of. */
export interface HttpParts {
  /** `POST /slack/events`; undefined in Socket Mode. */
  slack: ((request: IncomingMessage, body: Buffer, response: ServerResponse) => void) | undefined;
  readiness: ReadinessParts;
  metrics: Pick<Metrics, 'read'>;
  /** Bearer of `/metrics`; undefined: only from loopback. */
  metricsToken: string | undefined;
  /** Tried before the routes here. */
  others?: readonly OtherRoute[];
  log: Log;
}

/** Times in ms. A request that is not complete by then is dropped. */
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
};

/** The server of SPEC 9, not listening yet. */
export function makeServer(parts: HttpParts): Server {
  return createServer({ ...timeouts, maxHeaderSize: 16_384 }, (request, response) => {
    void route(request, response, parts).catch((cause: unknown) => {
      // A connection that broke while its body was read is nobody's mistake.
      if (request.destroyed && !request.complete) return;
      parts.log.error({ err: cause }, 'A request failed');
      if (response.headersSent) response.destroy();
      else answer(response, 500);
    });
  });
}

async function route(request: IncomingMessage, response: ServerResponse, parts: HttpParts): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  for (const other of parts.others ?? []) if (await other(request, response, path)) return;
  const body = await readBody(request);
  if (body === tooLarge) {
    response.setHeader('connection', 'close');
    return answer(response, 413);
  }
  switch (path) {
    case '/slack/events':
      if (parts.slack === undefined) return answer(response, 404);
      if (request.method !== 'POST') return notAllowed(response, 'POST');
      return parts.slack(request, body, response);
    case '/healthz':
      return isRead(request) ? answer(response, 200, 'ok\n') : notAllowed(response, 'GET, HEAD');
    case '/readyz': {
      if (!isRead(request)) return notAllowed(response, 'GET, HEAD');
      const state = await readiness(parts.readiness);
      return answer(response, state.ready ? 200 : 503, `${JSON.stringify(state)}\n`, 'application/json');
    }
    case '/metrics': {
      if (!isRead(request)) return notAllowed(response, 'GET, HEAD');
      const refused = metricsRefusal(request, parts.metricsToken);
      if (refused !== undefined) return answer(response, refused);
      const { type, text } = await parts.metrics.read();
      return answer(response, 200, text, type);
    }
    default:
      return answer(response, 404);
  }
}

function metricsRefusal(request: IncomingMessage, token: string | undefined): number | undefined {
  if (token === undefined) {
    // Behind a proxy on this machine everybody comes from loopback.
    const forwarded = ['forwarded', 'x-forwarded-for'].some((name) => request.headers[name] !== undefined);
    return isLoopback(request.socket.remoteAddress) && !forwarded ? undefined : 403;
  }
  const [, given] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  return given !== undefined && sameSecret(given, token) ? undefined : 401;
}

/** Compares in constant time, whatever the lengths. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address);
}

function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

function notAllowed(response: ServerResponse, allow: string): void {
  response.setHeader('allow', allow);
  answer(response, 405);
}

function answer(
  response: ServerResponse,
  status: number,
  text = '',
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, text === '' ? {} : { 'content-type': type });
  response.end(text);
}
