import { Agent, request } from 'undici';

/** What one write of a client came to. Times in ms since the load began. */
export interface SeenWrite {
  at: number;
  tookMs: number;
  status: number | string;
  color: string | undefined;
}

/** Sends a POST every so many ms until `stop`, whether or not earlier ones were answered, and a GET after every tenth. */
export function startWrites(
  url: string,
  { everyMs = 5 } = {},
): { stop(): Promise<{ writes: SeenWrite[]; reads: SeenWrite[] }> } {
  const agent = new Agent({ connections: 256, pipelining: 1 });
  const began = performance.now();
  const writes: SeenWrite[] = [];
  const reads: SeenWrite[] = [];
  const open = new Set<Promise<void>>();
  let count = 0;
  const once = async (method: 'POST' | 'GET', into: SeenWrite[]): Promise<void> => {
    const at = performance.now() - began;
    const seen: SeenWrite = { at, tookMs: 0, status: 'no answer', color: undefined };
    into.push(seen);
    try {
      const answer = await request(url, {
        method,
        dispatcher: agent,
        ...(method === 'POST' && { body: 'row' }),
      });
      await answer.body.dump();
      seen.status = answer.statusCode;
      const color = answer.headers['x-color'];
      seen.color = typeof color === 'string' ? color : undefined;
    } catch (cause) {
      seen.status = String(cause);
    }
    seen.tookMs = performance.now() - began - at;
  };
  const send = (method: 'POST' | 'GET', into: SeenWrite[]): void => {
    const asked = once(method, into).finally(() => open.delete(asked));
    open.add(asked);
  };
  const timer = setInterval(() => {
    send('POST', writes);
    count += 1;
    if (count % 10 === 0) send('GET', reads);
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      await agent.close();
      return { writes, reads };
    },
  };
}
