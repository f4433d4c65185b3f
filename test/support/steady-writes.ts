import { Agent, request } from 'undici';

/** What one write of a client came to. Times in ms since the load began. */
export interface SeenWrite {
  /** The number in its body; those of one load rise. */
  number: number;
  at: number;
  tookMs: number;
  status: number | string;
  color: string | undefined;
}

/**
 * Sends a POST with a number every so many ms until `stop`, whether or not earlier ones were answered, and a GET after
 * every tenth. The first number is that after `from`.
 */
export function startWrites(
  url: string,
  { everyMs = 5, from = 0 } = {},
): { writes: readonly SeenWrite[]; stop(): Promise<{ writes: SeenWrite[]; reads: SeenWrite[] }> } {
  const agent = new Agent({ connections: 256, pipelining: 1 });
  const began = performance.now();
  const writes: SeenWrite[] = [];
  const reads: SeenWrite[] = [];
  const open = new Set<Promise<void>>();
  let count = from;
  const once = async (method: 'POST' | 'GET', into: SeenWrite[]): Promise<void> => {
    const at = performance.now() - began;
    const seen: SeenWrite = { number: count, at, tookMs: 0, status: 'no answer', color: undefined };
    into.push(seen);
    try {
      const answer = await request(url, {
        method,
        dispatcher: agent,
        ...(method === 'POST' && { body: String(count) }),
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
    count += 1;
    send('POST', writes);
    if (count % 10 === 0) send('GET', reads);
  }, everyMs);
  const end = async (): Promise<{ writes: SeenWrite[]; reads: SeenWrite[] }> => {
    clearInterval(timer);
    await Promise.all(open);
    await agent.close();
    return { writes, reads };
  };
  let ended: ReturnType<typeof end> | undefined;
  return { writes, stop: () => (ended ??= end()) };
}
