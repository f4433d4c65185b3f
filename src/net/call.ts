import { isIPv6 } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { callbackify } from 'node:util';
import { buildConnector, Client } from 'undici';
import type { Dispatcher } from 'undici';
import { withDeadline } from './deadline.ts';
import { explain, whyAborted } from './explain.ts';
import { firstWords } from './first-words.ts';
import { proxyFor, ProxyRefused, tunnel } from './proxy.ts';
import { bodyReader, UnreadableBody } from './read-body.ts';
import { decoded } from './url.ts';

/** Most bytes of an answer that are read, unless the caller says otherwise. */
const defaultMaxBytes = 64 * 1024;
/** Most bytes of an answer's headers. */
export const maxHeaderBytes = 64 * 1024;
/** Limits for an ignored body, in bytes and ms: the reason for a refusal is still read from it. */
const reasonBytes = 64 * 1024;
const reasonMs = 500;

/** TLS settings of one call, as `tls.connect` takes them. */
export type Tls = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;

/** One outgoing HTTP call. */
export interface Call {
  /** In capital letters. */
  method: string;
  url: string | URL;
  /** Sent as `Authorization: Bearer`. Without it, the URL's credentials are sent as Basic. */
  token?: string | undefined;
  /**
   * Names in lower case. `host` also sets the name for TLS and its certificate; `authorization` has priority over
   * `token` and over the URL's credentials.
   */
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a `content-type` header can name another form of JSON. */
  json?: unknown;
  /** Sent as it is; `headers` holds its type. */
  content?: string | Uint8Array | undefined;
  /** Time for connecting, request and answer together, ms. */
  deadlineMs: number;
  /** Connects to this address instead of the host's; the header and the certificate keep the URL's name. */
  address?: string | undefined;
  /** Connects to this unix socket instead: an absolute path. */
  socketPath?: string | undefined;
  /** The trusted certificates and the client certificate, where Node.js' defaults do not fit. */
  tls?: Tls;
  signal: AbortSignal;
  /** `ignore`: status and headers are enough; a large or endless body is neither harmful nor waited for. */
  body?: 'read' | 'ignore';
  maxBytes?: number;
  /** Checked when the connection is open, right before the request is written; false: nothing is sent. */
  mayWrite?: () => boolean;
  /** Open connections, see `keepConnections`: only for repeatable requests, and without `mayWrite`. */
  through?: CallConnection;
}

/**
 * The connection of a call. `sent`: whether bytes of it may have been written. `end`: the call is over; `rest`: the body
 * of the answer, which nobody reads to its end.
 */
export interface CallConnection {
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  sent(): boolean;
  end(rest: Dispatcher.ResponseData['body'] | undefined): void;
}

/** An answer of the server, with any status, even when reading its body failed. */
export interface Answered {
  answered: true;
  status: number;
  /** Includes trailers, after the body was read to its end. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
  /**
   * What the answer says for people: the header `X-Error`, or the body's first words; '' for nothing. Holds no secret
   * that was sent.
   */
  readonly words: string;
}

/**
 * The result of a call. `sent`: whether bytes of the request may have reached the server. `reason` is for people and
 * holds no secret.
 */
export type CallAnswer = Answered | { answered: false; sent: boolean; reason: string };

/** A call that this file ended; its message is fit for people. */
class CallStopped extends Error {}

/** Ends everything still open after a call; made once, because an error's stack is expensive. */
const over = new CallStopped('the call is over');

/**
 * Makes one HTTP call, on a connection of its own unless `through` gives one: a peer that closed a pooled idle
 * connection must not make a good service look bad. Follows no redirects, caps the answer, never throws.
 */
export async function call(it: Call): Promise<CallAnswer> {
  const url = typeof it.url === 'string' ? new URL(it.url) : it.url;
  const connection = it.through ?? ownConnection(it, url);
  let body: Dispatcher.ResponseData['body'] | undefined;
  let refused: (() => Answered) | undefined;
  try {
    return await withDeadline(it.deadlineMs, it.signal, async (signal) => {
      const answer = await connection.request({
        method: it.method,
        path: url.pathname + url.search,
        headers: headersOf(it, url),
        body: it.json === undefined ? (it.content ?? null) : JSON.stringify(it.json),
        signal,
      });
      const { statusCode: status, headers } = answer;
      ({ body } = answer);
      body.on('error', () => {});
      const ignored = it.body === 'ignore';
      const reader = bodyReader(headers, ignored ? reasonBytes : (it.maxBytes ?? defaultMaxBytes));
      const told = (body: string): Answered => ({
        answered: true,
        status,
        headers: { ...answer.trailers, ...headers },
        body,
        get words() {
          const stated = headers['x-error'];
          const secrets = secretsIn(it, url);
          if (typeof stated === 'string' && stated.trim() !== '') return firstWords(stated, '', secrets);
          return firstWords(body, String(headers['content-type'] ?? ''), secrets);
        },
      });
      if (status < 200 || status > 299) {
        refused = () => told(reader.text());
        await withDeadline(ignored ? reasonMs : it.deadlineMs, signal, () => reader.read(answer.body));
        return refused();
      }
      if (ignored) return told('');
      const { whole } = await reader.read(answer.body);
      if (!whole) throw new UnreadableBody(`answer larger than ${kilobytes(it)} kB`);
      return told(reader.text());
    });
  } catch (error) {
    // The status counts; the reason may be incomplete.
    if (refused) return refused();
    if (it.signal.aborted) return { answered: false, sent: connection.sent(), reason: whyAborted(it.signal) };
    const own =
      error instanceof CallStopped || error instanceof UnreadableBody || error instanceof ProxyRefused;
    return { answered: false, sent: connection.sent(), reason: own ? error.message : explain(error) };
  } finally {
    connection.end(body);
  }
}

/** Makes a connection for one call. */
function ownConnection(it: Call, url: URL): CallConnection {
  let sent = false;
  const connectTo = connectorOf(it, url);
  const client = new Client(url.origin, {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, callback) {
      // undici would connect again for a request left over by a closing connection; one call is one write.
      if (sent) return callback(new CallStopped('connection closed before an answer'), null);
      const to = it.address === undefined ? options : { ...options, hostname: it.address };
      return connectTo(to, (error, socket) => {
        if (error) return callback(error, null);
        if (it.mayWrite && !it.mayWrite()) {
          socket.destroy();
          return callback(new CallStopped('not sent: the lease of the service ends too soon'), null);
        }
        sent = true;
        return callback(null, socket);
      });
    },
  });
  // Without a listener a late socket error would end the process.
  client.on('connectionError', () => {});
  return {
    request: (options) => client.request({ ...options, reset: true }),
    sent: () => sent,
    end(rest) {
      rest?.destroy();
      void client.destroy(over).catch(() => {});
    },
  };
}

const openTunnel = callbackify(tunnel);

/** Makes a connector: to the URL's host, directly or through its proxy. */
export function connectorOf(
  { deadlineMs, signal, socketPath, tls }: Pick<Call, 'deadlineMs' | 'signal' | 'socketPath' | 'tls'>,
  url: URL,
): ReturnType<typeof buildConnector> {
  if (socketPath !== undefined) return buildConnector({ timeout: deadlineMs, socketPath });
  const connect = buildConnector({ ...tls, timeout: deadlineMs });
  const proxy = proxyFor(url);
  if (proxy === undefined) return connect;
  return (options, callback) => {
    const { hostname, port, protocol } = options;
    const host = isIPv6(hostname) ? `[${hostname}]` : hostname;
    const target = `${host}:${port || (protocol === 'https:' ? 443 : 80)}`;
    openTunnel(proxy, target, deadlineMs, signal, (error: Error | null, socket) => {
      if (error) callback(error, null);
      else if (protocol === 'https:') connect({ ...options, httpSocket: socket }, callback);
      else callback(null, socket);
    });
  };
}

/** Parses a JSON body; undefined when it is not JSON. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function headersOf(it: Call, url: URL): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json, */*;q=0.5',
    'accept-encoding': 'identity',
    ...it.headers,
  };
  if (it.json !== undefined) headers['content-type'] ??= 'application/json';
  if (headers['authorization'] !== undefined) return headers;
  if (it.token !== undefined) headers['authorization'] = `Bearer ${it.token}`;
  else if (url.username !== '' || url.password !== '') {
    const pair = `${decoded(url.username)}:${decoded(url.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  return headers;
}

/** The secrets that this call sends; people must not see them when the answer repeats them. */
function secretsIn(it: Call, url: URL): string[] {
  const plain = new Set([
    'accept',
    'content-type',
    'host',
    'idempotency-key',
    'user-agent',
    'x-github-api-version',
  ]);
  const headers = Object.entries(it.headers ?? {}).filter(([name]) => !plain.has(name.toLowerCase()));
  return [
    ...(it.token === undefined ? [] : [it.token]),
    ...headers.map(([, value]) => value),
    ...[url.password, decoded(url.password), url.search].filter((part) => part !== ''),
    ...url.searchParams.values(),
  ];
}

function kilobytes({ maxBytes = defaultMaxBytes }: Call): number {
  return Math.floor(maxBytes / 1024);
}
