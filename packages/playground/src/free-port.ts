import { createServer } from 'node:net';

const first = 10_000;
const last = 20_000;
/** Processes that look at the same time seldom find the same port: each takes one of so many, by its id. */
const lanes = 8;
const given = new Set<number>();
/** What was given so long ago is listened on by now, or free again. */
const mostGiven = 500;

/**
 * A TCP port of the loopback that nobody listens on, below the range from which the system takes ports for outgoing
 * connections. `also`: distances at which ports must be free too (Redis Cluster: 10000).
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
