/** One address before several replicas, as a load balancer is. */
import { createServer, request as ask } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { closeServer, listen } from './listen.ts';
import { textOf } from './router-server.ts';

/** One request that a replica answered. */
export interface Forwarded {
  /** Port of the replica. */
  replica: number;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  status: number;
}

export interface OneAddress {
  readonly url: string;
  /** Oldest first. */
  readonly forwarded: readonly Forwarded[];
  /** Those of one path with these words in their body. */
  of(path: string, words?: string): Forwarded[];
  stop(): Promise<void>;
}

/**
 * Forwards to the replicas (ports, asked each time) by turns, for each path on its own. A replica that cannot be reached
 * is passed over.
 */
export async function startOneAddress(replicas: () => readonly number[]): Promise<OneAddress> {
  const turns = new Map<string, number>();
  const forwarded: Forwarded[] = [];
  const server = createServer((request, response) => {
    void textOf(request).then(async (body) => {
      const { url: path = '/', headers, method = 'GET' } = request;
      const turn = turns.get(path) ?? 0;
      turns.set(path, turn + 1);
      const all = replicas();
      for (let i = 0; i < all.length; i += 1) {
        const replica = all[(turn + i) % all.length] ?? 0;
        const answer = await pass({ port: replica, path, method, headers }, body);
        if (answer === undefined) continue;
        forwarded.push({ replica, path, headers, body, status: answer.status });
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body);
        return;
      }
      response.writeHead(502);
      response.end();
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    forwarded,
    of: (path, words = '') => forwarded.filter((each) => each.path === path && each.body.includes(words)),
    stop: () => closeServer(server),
  };
}

/** Undefined when nobody answers there. */
function pass(
  to: { port: number; path: string; method: string; headers: IncomingHttpHeaders },
  body: string,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string } | undefined> {
  return new Promise((resolve) => {
    const asked = ask({ ...to, host: '127.0.0.1', agent: false }, (response) => {
      void textOf(response).then((text) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    asked.once('error', () => resolve(undefined));
    asked.end(body);
  });
}
