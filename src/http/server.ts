import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse, Server } from 'node:http';
import type { Log } from '../release/parts.ts';
import { answerTo, isTooLarge, waitsForWord } from '../net/request-body.ts';
import { boundConnections, boundRequests } from './connections.ts';
import type { Metrics } from './metrics.ts';
import { askTogether, readiness } from './readiness.ts';
import type { Readiness, ReadinessParts } from './readiness.ts';

/** A route of another part, which reads the body itself. Returns false when the path is not its own. */
export type OtherRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<boolean>;

/** What the server needs. */
export interface HttpParts {
  /** Handles `POST /slack/events`; undefined in Socket Mode. */
  slack: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined;
  readiness: ReadinessParts;
  metrics: Pick<Metrics, 'read'>;
  /** The bearer token of `/metrics`; undefined: only from loopback. */
  metricsToken: string | undefined;
  /** Routes tried before those here. */
  others?: readonly OtherRoute[];
  log: Log;
  /** Bounds that replace the usual ones, for tests. */
  bounds?: Partial<typeof usual>;
}

/**
 * Times in ms, after which an incomplete request is dropped. A load balancer keeps idle connections for 60 to 75 s: if
 * the bot closed one first, the next request on it would be lost. Idle time does not count for the others.
 */
const usual = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 80_000,
  connectionsCheckingInterval: 2_000,
  /** Most open connections. */
  connections: 1_024,
};

/** Makes the bot's server, not listening yet. */
export function makeServer(parts: HttpParts): Server {
  const { connections, ...timeouts } = { ...usual, ...parts.bounds };
  const ready = askTogether(() => readiness(parts.readiness));
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // A pipelined request on a connection that was closed for it.
    if (request.socket.destroyed) return;
    void route(request, response, { ...parts, ready }).catch((cause: unknown) => {
      // A connection that broke while its body was read is not an error.
      if (request.destroyed && !request.complete) return;
      parts.log.error({ err: cause }, 'A request failed');
      if (response.headersSent) response.destroy();
      else answer(request, response, 500);
    });
  };
  const server = createServer({ ...timeouts, maxHeaderSize: 16_384 }, listener);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waitsForWord(request, response);
    server.emit('request', request, response);
  });
  boundRequests(server);
  boundConnections(server, connections);
  return server;
}

/** Routes a request by path, method and headers, before its body is read. */
async function route(
  request: IncomingMessage,
  response: ServerResponse,
  parts: HttpParts & { ready: () => Promise<Readiness> },
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  for (const other of parts.others ?? []) if (await other(request, response, path)) return;
  if (path === '/slack/events' && parts.slack !== undefined && request.method === 'POST')
    return parts.slack(request, response);
  // No other route reads a body.
  if (await isTooLarge(request)) return answer(request, response, 413);
  switch (path) {
    case '/slack/events':
      return parts.slack === undefined
        ? answer(request, response, 404)
        : notAllowed(request, response, 'POST');
    case '/healthz':
      return isRead(request)
        ? answer(request, response, 200, 'ok\n')
        : notAllowed(request, response, 'GET, HEAD');
    case '/readyz': {
      if (!isRead(request)) return notAllowed(request, response, 'GET, HEAD');
      const state = await parts.ready();
      const text = `${JSON.stringify(state)}\n`;
      return answer(request, response, state.ready ? 200 : 503, text, { 'content-type': 'application/json' });
    }
    case '/metrics': {
      if (!isRead(request)) return notAllowed(request, response, 'GET, HEAD');
      const refused = metricsRefusal(request, parts.metricsToken);
      if (refused !== undefined) return answer(request, response, refused);
      const { type, text } = await parts.metrics.read();
      return answer(request, response, 200, text, { 'content-type': type });
    }
    default:
      return answer(request, response, 404);
  }
}

function metricsRefusal(request: IncomingMessage, token: string | undefined): number | undefined {
  if (token === undefined)
    return isLoopback(request.socket.remoteAddress) && !isForwarded(request) ? undefined : 403;
  const [, given] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  return given !== undefined && sameSecret(given, token) ? undefined : 401;
}

/** Compares in constant time, for any lengths. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Headers that proxies set. */
const ofProxies = /^(?:forwarded|via|x-forwarded-|x-real-ip|x-client-ip|x-original-|true-client-ip|cf-)/;
const loopbackHost = /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?(?::\d+)?$/i;

/**
 * True when a request may have come through a proxy on this machine, behind which everybody comes from loopback: a
 * header says so, or it has another host name, or it uses HTTP 1.0, as nginx does by default.
 */
function isForwarded({ headers, httpVersion }: IncomingMessage): boolean {
  return (
    httpVersion === '1.0' ||
    !loopbackHost.test(headers.host ?? '') ||
    Object.keys(headers).some((name) => ofProxies.test(name))
  );
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address);
}

function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

function notAllowed(request: IncomingMessage, response: ServerResponse, allow: string): void {
  answer(request, response, 405, '', { allow });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text = '',
  headers: Record<string, string> = {},
): void {
  const plain = text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' };
  answerTo(request, response, status, { text, headers: { ...plain, ...headers } });
}
