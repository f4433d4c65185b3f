import { readFileSync } from 'node:fs';

type Body = Record<string, unknown> & { alerts: Record<string, unknown>[] };

/** Bodies of real senders that are not as the books say, with `@now-20s@` as that instant before `now` (ms). */
export function oddBodies(name: string, now = Date.now()): Body[] {
  const text = readFileSync(`test/fixtures/odd-alerts/${name}.json`, 'utf8');
  const at = (seconds: string): string => new Date(now - Number(seconds) * 1_000).toISOString();
  const read: unknown = JSON.parse(text.replace(/@now-(\d+)s@/g, (_all, seconds: string) => at(seconds)));
  return Object.values(read as object) as Body[];
}
