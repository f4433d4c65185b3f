import { Agent, request } from 'node:http';

/** What clients of a service saw. */
export interface Seen {
  answered: number;
  /** Statuses other than 200, and answers of neither color. */
  wrong: string[];
  /** Ended without an answer, by error code: on a connection that had served before, and on a new one. */
  closed: Map<string, number>;
  failed: Map<string, number>;
}

/** Clients that send one request after the other, until `stop`. */
export interface Clients {
  readonly seen: Seen;
  stop(): Promise<Seen>;
}

/** Starts `amount` clients. `keepAlive`: each keeps its connection. `pauseMs`: between two requests. */
export function startClients(
  url: string,
  { amount, keepAlive, pauseMs = 5 }: { amount: number; keepAlive: boolean; pauseMs?: number },
): Clients {
  const seen: Seen = { answered: 0, wrong: [], closed: new Map(), failed: new Map() };
  let running = true;
  const once = (agent: Agent): Promise<void> =>
    new Promise((resolve) => {
      const asked = request(url, { agent }, (answer) => {
        answer.resume();
        answer.once('close', () => {
          const color = String(answer.headers['x-color']);
          if (answer.complete && answer.statusCode === 200 && /^(?:blue|green)$/.test(color))
            seen.answered += 1;
          else seen.wrong.push(`${answer.statusCode} ${color} ${answer.complete ? '' : 'cut'}`);
          resolve();
        });
      });
      asked.once('error', (error: Error & { code?: string }) => {
        const counts = asked.reusedSocket ? seen.closed : seen.failed;
        const code = error.code ?? error.message;
        counts.set(code, (counts.get(code) ?? 0) + 1);
        resolve();
      });
      asked.end();
    });
  const clients = Array.from({ length: amount }, async () => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (running) {
      await once(agent);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    agent.destroy();
  });
  return {
    seen,
    async stop() {
      running = false;
      await Promise.all(clients);
      return seen;
    },
  };
}

/** Sum of the counts. */
export function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, one) => sum + one, 0);
}
