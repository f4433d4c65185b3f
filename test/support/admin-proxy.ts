import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listen } from './listen.ts';
import { textOf } from './router-server.ts';

/** A request that a client sent to the admin API. */
export interface AdminRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Stands before Caddy's admin API. Change the levers at any time. */
export interface AdminProxy {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  readonly requests: AdminRequest[];
  /** Those that change something. */
  writes(): AdminRequest[];
  readonly levers: {
    /** Nothing is answered: no question at all, or no write. */
    hang: 'all' | 'writes' | undefined;
    /** The next so many writes are carried out, and their answers lost. */
    loseAnswers: number;
    /** Writes are answered with this, and not carried out. */
    refuse: number | undefined;
    /** How the ETag is passed on: as it comes (Caddy before 2.8: a trailer), as a header, or not at all. */
    etag: 'as it comes' | 'header' | 'none';
    /** Happens before a write is passed on. */
    beforeWrite: (() => Promise<void>) | undefined;
    /** Answers instead of Caddy; false: Caddy answers. */
    answer: ((path: string, response: ServerResponse) => boolean) | undefined;
  };
  restore(): Promise<void>;
  /** Refuses connections, until `restore`. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a proxy to the admin API at this port of the loopback, to which the name of its own host is unknown. */
export async function startAdminProxy(target: number): Promise<AdminProxy> {
  const requests: AdminRequest[] = [];
  const calm = (): AdminProxy['levers'] => ({
    hang: undefined,
    loseAnswers: 0,
    refuse: undefined,
    etag: 'as it comes',
    beforeWrite: undefined,
    answer: undefined,
  });
  const levers = calm();

  const pass = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/', headers } = asked;
    const body = await textOf(asked);
    requests.push({ method, path, headers, body });
    const writes = method !== 'GET';
    if (levers.hang === 'all' || (writes && levers.hang === 'writes')) return;
    if (levers.answer?.(path, response)) return;
    if (writes && levers.refuse !== undefined) {
      response.writeHead(levers.refuse, { 'content-type': 'application/json' });
      response.end('{"error":"not today"}');
      return;
    }
    if (writes) await levers.beforeWrite?.();
    const host = `127.0.0.1:${target}`;
    const onward = request({ host: '127.0.0.1', port: target, method, path, headers: { ...headers, host } });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      void textOf(answer).then((text) => {
        if (writes && levers.loseAnswers > 0) {
          levers.loseAnswers -= 1;
          response.destroy();
          return;
        }
        const { etag, trailer, ...rest } = answer.headers;
        const tag = etag ?? answer.trailers['etag'];
        const as = levers.etag === 'as it comes' ? (etag === undefined ? 'trailer' : 'header') : levers.etag;
        delete rest['content-length'];
        response.writeHead(answer.statusCode ?? 502, {
          ...rest,
          ...(tag !== undefined && as === 'header' && { etag: tag }),
          ...(tag !== undefined && as === 'trailer' && { trailer: trailer ?? 'ETag' }),
        });
        if (tag !== undefined && as === 'trailer') response.addTrailers({ etag: tag });
        response.end(text);
      });
    });
    onward.end(body);
  };
  const server = createServer((asked, response) => void pass(asked, response));
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    writes: () => requests.filter(({ method }) => method !== 'GET'),
    levers,
    async restore() {
      Object.assign(levers, calm());
      if (!server.listening) await listen(server, port);
    },
    cut: () => closeServer(server),
    stop: () => closeServer(server),
  };
}
