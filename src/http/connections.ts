import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { announcedBytes } from '../net/request-body.ts';

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
