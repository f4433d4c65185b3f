import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { listen } from './listen.ts';

/** A proxy that takes CONNECT and leads every host to this machine. */
export interface ConnectProxy {
  readonly url: string;
  /** What it was asked to connect to, as `host:port`, in order. */
  readonly asked: string[];
  /** Credentials that it wants, as `user:password`. */
  wants: string | undefined;
  close(): Promise<void>;
}

/** Starts it. */
export async function startConnectProxy(): Promise<ConnectProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, near: Socket): void => {
    const target = request.url ?? '';
    asked.push(target);
    open.add(near);
    near.on('error', () => {});
    const given = /^Basic (.+)$/.exec(request.headers['proxy-authorization'] ?? '')?.[1] ?? '';
    if (proxy.wants !== undefined && Buffer.from(given, 'base64').toString() !== proxy.wants)
      return void near.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
    const far = connect(Number(target.split(':').at(-1)), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  const proxy: ConnectProxy = {
    url: `http://127.0.0.1:${await listen(server)}`,
    asked,
    wants: undefined,
    async close() {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
