import { createServer } from 'node:net';

const first = 10_000;
const last = 20_000;
/** Number of port ranges. Each process uses one by its id, so that two seldom find the same port. */
const lanes = 8;
const given = new Set<number>();
/** Most ports remembered: an older one is in use by now, or free again. */
const mostGiven = 500;

/**
 * Finds a TCP port of the loopback that nobody listens on, below the system's range for outgoing connections. `also`:
 * distances at which ports must be free too (Redis Cluster: 10000).
 */
export async function freePort(also: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = first + lanes * Math.floor((Math.random() * (last - first)) / lanes) + (process.pid % lanes);
    if (given.has(port)) continue;
    given.add(port);
    for (const oldest of given) {
      if (given.size <= mostGiven) break;
      given.delete(oldest);
    }
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
