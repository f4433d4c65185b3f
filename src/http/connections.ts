import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { announcedBytes } from '../net/request-body.ts';

/**
 * Most requests of one connection that may wait for their answers. A client may pipeline some; thousands fit into one
 * read, and each is held until the earlier ones are answered.
 */
const mostWaiting = 16;

/** Node's undocumented parser of a connection. Where it is missing, pipelined requests are only dropped. */
interface Parsed extends Socket {
  parser?: { onIncoming: () => number } | null;
}

/**
 * Closes a connection with too many waiting requests, and ignores the rest of what it sent: a closed connection keeps
 * that until the next event loop turn, and hundreds of connections are read before that.
 */
export function boundRequests(server: Server): void {
  const waiting = new WeakMap<Socket, number>();
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const count = (waiting.get(socket) ?? 0) + 1;
    waiting.set(socket, count);
    if (count > mostWaiting) {
      const { parser } = socket as Parsed;
      if (parser) parser.onIncoming = () => 0;
      socket.destroy();
    } else response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
  });
}

/**
 * Limits a server to `most` connections. One more closes the connection that has waited longest for its next whole
 * request; none is closed while its request is answered. So strangers who hold connections block nobody.
 */
export function boundConnections(server: Server, most: number): void {
  // In the order in which they began to wait.
  const waiting = new Set<Socket>();
  const wait = (socket: Socket): void => {
    waiting.delete(socket);
    if (!socket.destroyed) waiting.add(socket);
  };
  let open = 0;
  server.on('connection', (socket: Socket) => {
    open += 1;
    wait(socket);
    socket.once('close', () => {
      open -= 1;
      waiting.delete(socket);
    });
    if (open <= most) return;
    const [longest] = waiting;
    longest?.destroy();
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (request.complete || announcedBytes(request) === 0) waiting.delete(socket);
    else request.once('end', () => waiting.delete(socket));
    response.once('close', () => wait(socket));
  });
}
