import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { announcedBytes } from '../net/request-body.ts';

/**
 * Requests of one connection that may wait for their answers. A client may send some without waiting; thousands fit into
 * one read, and each is held until those before it are answered.
 */
const mostWaiting = 16;

/** Node's parser of a connection. It is not documented: where it is missing, requests that came together are only dropped. */
interface Parsed extends Socket {
  parser?: { onIncoming: () => number } | null;
}

/**
 * Closes a connection on which more requests wait for their answers. Of what was read with them nothing more is made: a
 * closed connection keeps all that until the event loop comes round, and hundreds of connections are read before that.
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
 * Keeps a server at no more than `most` connections. One more closes that which has waited the longest for its next whole
 * request; none is closed while its request is answered. So strangers who hold connections keep nobody out.
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
