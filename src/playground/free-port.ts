import { createServer } from 'node:net';

const first = 10_000;
const last = 20_000;
const given = new Set<number>();

/**
 * A TCP port of the loopback that nobody listens on, below the range from which the system takes ports for outgoing
 * connections. `also`: distances at which ports must be free too (Redis Cluster: 10000).
 */
export async function freePort(also: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * (last - first));
    if (given.has(port)) continue;
    given.add(port);
    const free = await Promise.all([0, ...also].map((distance) => isFree(port + distance)));
    if (free.every(Boolean)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
