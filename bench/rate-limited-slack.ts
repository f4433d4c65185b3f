/** A TCP forwarder that remembers who passed when: the outside calls of the bot, seen from outside. */
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { listen } from '../test/support/listen.ts';

/** One connection, one call. Instants by `performance.now()`. */
export interface Passage {
  /** The first line that the caller sent. */
  line: string;
  /** When the connection was taken. */
  from: number;
  /** When the first line came. */
  asked: number;
  /** When the answer was complete; undefined while it is not. */
  until?: number;
}

/** A forwarder to one port. */
export interface Tollgate {
  port: number;
  passages: Passage[];
  stop(): Promise<void>;
}

/** Stands before `target` on loopback. */
export async function openTollgate(target: number): Promise<Tollgate> {
  const passages: Passage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const from = performance.now();
    const upstream = connect(target, '127.0.0.1');
    let passage: Passage | undefined;
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => socket.destroy());
      socket.once('close', () => sockets.delete(socket));
    }
    client.on('data', (data) => {
      if (passage === undefined) {
        passage = { line: data.toString().split('\n', 1)[0]?.trim() ?? '', from, asked: performance.now() };
        passages.push(passage);
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (passage !== undefined) passage.until = performance.now();
      client.write(data);
    });
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.end());
  });
  return {
    port: await listen(server),
    passages,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
