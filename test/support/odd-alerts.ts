import { readFileSync } from 'node:fs';

const units = { s: 1_000, h: 3_600_000, d: 86_400_000 } as const;

type Body = Record<string, unknown> & { alerts: Record<string, unknown>[] };

/** Bodies of real senders that are not as the books say, with `@now-20s@` (s, h, d) as that instant before `now` (ms). */
export function oddBodies(name: string, now = Date.now()): Body[] {
  const text = readFileSync(`test/fixtures/odd-alerts/${name}.json`, 'utf8');
  const at = (_all: string, count: string, unit: keyof typeof units): string =>
    new Date(now - Number(count) * units[unit]).toISOString();
  const read: unknown = JSON.parse(text.replace(/@now-(\d+)([shd])@/g, at));
  return Object.values(read as object) as Body[];
}
