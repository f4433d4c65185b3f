import { createServer, type IncomingMessage } from 'node:http';
import { closeServer, listen } from './listen.ts';
import { freePort } from './ports.ts';

/** A router for the http adapter: `GET` and `PUT` with a bearer token. Change the levers at any time. */
export interface RouterServer {
  readonly url: string;
  readonly token: string;
  /** Where it says that traffic goes; any text, so that strange answers can be tried. */
  color: string;
  epoch: number;
  readonly levers: {
    /** Answers with this status and changes nothing. */
    status: number | undefined;
    /** Carries the next so many writes out and closes the connection without an answer. */
    loseAnswers: number;
    /** Takes each write with 202 and carries it out this much later, in order of arrival, ms; 0: at once, with 204. */
    lateMs: number;
    /** Never answers. */
    hang: boolean;
    /** Answers GET with this body instead, and `status` with this one. */
    body: string | undefined;
  };
  /** Writes that reached it, carried out or not. */
  readonly writes: { color: unknown; epoch: unknown; at: number }[];
  reads(): number;
  /** Closes the port, so that connections are refused. */
  die(): Promise<void>;
  revive(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the router in this process; blue is live. */
export async function startRouterServer(token = 'router-secret'): Promise<RouterServer> {
  const port = await freePort();
  let reads = 0;
  const timers = new Set<NodeJS.Timeout>();
  const open = async () => {
    const made = createServer((request, response) => {
      void textOf(request).then((text) => {
        const { levers } = router;
        const end = (status: number, body = '') => {
          response.statusCode = status;
          response.end(body);
        };
        if (request.method === 'PUT') {
          const { color, epoch } = JSON.parse(text) as { color: unknown; epoch: unknown };
          router.writes.push({ color, epoch, at: performance.now() });
          if (levers.hang) return;
          if (request.headers.authorization !== `Bearer ${token}`) return end(401);
          if (levers.status !== undefined) return end(levers.status, levers.body);
          if (levers.lateMs > 0) {
            const carryOut = () => Object.assign(router, { color: String(color), epoch: Number(epoch) });
            const timer = setTimeout(() => {
              timers.delete(timer);
              carryOut();
            }, levers.lateMs);
            timers.add(timer);
            return end(202);
          }
          router.color = String(color);
          router.epoch = Number(epoch);
          if (levers.loseAnswers > 0) {
            levers.loseAnswers -= 1;
            request.socket.destroy();
            return;
          }
          return end(204);
        }
        reads += 1;
        if (levers.hang) return;
        if (request.headers.authorization !== `Bearer ${token}`) return end(401);
        if (levers.status !== undefined) return end(levers.status, levers.body);
        return end(200, levers.body ?? JSON.stringify({ color: router.color, epoch: router.epoch }));
      });
    });
    await listen(made, port);
    return made;
  };
  const router: RouterServer = {
    url: `http://127.0.0.1:${port}/router`,
    token,
    color: 'blue',
    epoch: 1,
    levers: { status: undefined, loseAnswers: 0, lateMs: 0, hang: false, body: undefined },
    writes: [],
    reads: () => reads,
    die: () => closeServer(server),
    async revive() {
      if (!server.listening) server = await open();
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      return closeServer(server);
    },
  };
  let server = await open();
  return router;
}

/** The body of a request, as text. */
export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
