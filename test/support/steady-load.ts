import { Agent, request } from 'node:http';

/** What clients saw. `again`: requests that were sent again, since their connection ended before an answer. */
export interface Seen {
  answered: number;
  again: number;
  failed: string[];
}

/**
 * Requests on kept connections, one after the other on each, until `stop`. `tries`: how often one is sent whose
 * connection ends before an answer, as browsers send a GET again on another.
 */
export function startLoad(
  url: string,
  { connections, tries = 1 }: { connections: number; tries?: number },
): { stop(): Promise<Seen> } {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const seen: Seen = { answered: 0, again: 0, failed: [] };
  let running = true;
  const once = (left: number): Promise<void> =>
    new Promise((resolve) => {
      let begun = false;
      // Again on a connection of its own: other kept ones may be at their end too.
      const by = left === tries ? agent : false;
      const asked = request(url, { agent: by, timeout: 5_000 }, (response) => {
        begun = true;
        response.resume();
        response.once('end', () => {
          seen.answered += 1;
          if (response.statusCode !== 200) seen.failed.push(`status ${response.statusCode}`);
          // Some air for everybody else on this machine.
          setTimeout(resolve, 20);
        });
      });
      asked.once('timeout', () => asked.destroy(new Error('no answer within 5 s')));
      asked.once('error', (error) => {
        const closed = 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code));
        if (closed && !begun && left > 1) {
          seen.again += 1;
          resolve(once(left - 1));
          return;
        }
        seen.failed.push(String(error));
        resolve();
      });
      asked.end();
    });
  const all = Array.from({ length: connections }, async () => {
    while (running) await once(tries);
  });
  return {
    async stop() {
      running = false;
      await Promise.all(all);
      agent.destroy();
      return seen;
    },
  };
}
