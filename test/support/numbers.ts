/** A server that answers as Prometheus does, with one number for each query, which tests set. */
import { createServer } from 'node:http';
import { z } from 'zod';
import { closeServer, listen } from './listen.ts';

const bodySchema = z.object({ query: z.string() });

/** The server. A query is the name of its number. */
export interface Numbers {
  readonly url: string;
  /** Sets a number; until then a query gives 0. `away`: the server does not answer this query properly. */
  set(query: string, value: number | 'away'): void;
  close(): Promise<void>;
}

/** Starts the server on loopback. */
export async function startNumbers(): Promise<Numbers> {
  const values = new Map<string, number | 'away'>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const asked = Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]);
      const value = values.get(bodySchema.parse(asked).query) ?? 0;
      response.writeHead(value === 'away' ? 503 : 200, { 'content-type': 'application/json' });
      const result = [{ metric: {}, value: [Date.now() / 1000, String(value)] }];
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    set: (query, value) => void values.set(query, value),
    close: () => closeServer(server),
  };
}
