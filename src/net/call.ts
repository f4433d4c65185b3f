import { buildConnector, Client } from 'undici';
import { withDeadline } from './deadline.ts';
import { explain, whyAborted } from './explain.ts';

/** Most bytes of an answer that are read, unless the caller says otherwise. */
const defaultMaxBytes = 64 * 1024;

/** One HTTP call to the outside. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT';
  url: string | URL;
  /** Sent as `Authorization: Bearer`. Without it, credentials in the URL are sent as Basic. */
  token?: string | undefined;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Connecting, request and answer together, in milliseconds. */
  deadlineMs: number;
  signal: AbortSignal;
  /** `ignore`: status and headers are enough, and a large or endless body does no harm. */
  body?: 'read' | 'ignore';
  maxBytes?: number;
  /** Asked when the connection stands, immediately before the request is written; false: nothing is sent. */
  mayWrite?: () => boolean;
}

/** `sent`: whether bytes of the request may have reached the other side. `reason` is for people and holds no secret. */
export type Answer =
  | { answered: true; status: number; headers: Record<string, string | string[] | undefined>; body: string }
  | { answered: false; sent: boolean; reason: string };

/** Ended by this file; its message is fit for people. */
class CallStopped extends Error {}

/** What is still open when a call has ended ends with this; made once, for an error costs its stack. */
const over = new CallStopped('the call is over');

/**
 * Makes one HTTP call on a connection of its own: nothing pooled, so a peer that closed an idle connection cannot
 * make a good service look bad. Follows no redirects, caps the answer, never throws.
 */
export async function call(it: Call): Promise<Answer> {
  const url = new URL(it.url);
  let sent = false;
  const connect = buildConnector({ timeout: it.deadlineMs });
  const client = new Client(url.origin, {
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, callback) {
      // undici connects anew for a request that a closing connection left over; one call is one write.
      if (sent) return callback(new CallStopped('connection closed before an answer'), null);
      return connect(options, (error, socket) => {
        if (error) return callback(error, null);
        if (it.mayWrite && !it.mayWrite()) {
          socket.destroy();
          return callback(new CallStopped('no leave to write'), null);
        }
        sent = true;
        return callback(null, socket);
      });
    },
  });
  // Without a listener a late socket error would end the process.
  client.on('connectionError', () => {});
  try {
    return await withDeadline(it.deadlineMs, it.signal, async (signal) => {
      const answer = await client.request({
        method: it.method,
        path: url.pathname + url.search,
        headers: headersOf(it, url),
        body: it.json === undefined ? null : JSON.stringify(it.json),
        reset: true,
        signal,
      });
      const { statusCode: status, headers } = answer;
      answer.body.on('error', () => {});
      if (it.body === 'ignore') return { answered: true as const, status, headers, body: '' };
      const body = await readCapped(answer.body, it.maxBytes ?? defaultMaxBytes);
      return { answered: true as const, status, headers, body };
    });
  } catch (error) {
    if (it.signal.aborted) return { answered: false, sent, reason: whyAborted(it.signal) };
    return { answered: false, sent, reason: error instanceof CallStopped ? error.message : explain(error) };
  } finally {
    void client.destroy(over).catch(() => {});
  }
}

/** Reads a JSON body; undefined when it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function headersOf(it: Call, url: URL): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json, */*;q=0.5', ...it.headers };
  if (it.json !== undefined) headers['content-type'] = 'application/json';
  if (it.token !== undefined) headers['authorization'] = `Bearer ${it.token}`;
  else if (url.username !== '' || url.password !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  return headers;
}

async function readCapped(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new CallStopped(`answer larger than ${Math.floor(maxBytes / 1024)} kB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
