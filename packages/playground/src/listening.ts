import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small server of the playground, on loopback. */
export interface Listening {
  readonly url: string;
  /** Closes the port and all connections. Does nothing when it is closed. */
  close(): Promise<void>;
  /** Listens on the same port again. Does nothing when it listens. */
  open(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1. */
export async function listen(answer: RequestListener): Promise<Listening> {
  const server = createServer(answer);
  const port = await bind(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      if (!server.listening) return Promise.resolve();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
    async open() {
      if (!server.listening) await bind(server, port);
    },
  };
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Most bytes of a body. */
export const mostBytes = 64 * 1024;

/** Parses the body as JSON; undefined when it is not JSON, or larger than 64 kB. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > mostBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
