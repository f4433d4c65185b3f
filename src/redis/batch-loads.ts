import type { RedisClient } from './client.ts';
import { inOneTurn } from './in-one-turn.ts';
import { loadScript } from './scripts/store.ts';

/** How many services one script reads at a time: other commands wait for it. */
export const chunk = 250;

/**
 * Returns a function that loads one service. Loads that are asked for in the same turn of the event loop are sent
 * together: under load, the reads of many people become one question. No answer is older than it would be alone,
 * because the question is sent after all of them were asked for. The function resolves to what `readLoaded` reads,
 * and throws as `RedisClient.run` does.
 */
export function batchLoads(link: RedisClient): (service: string) => Promise<{ part: unknown; now: number }> {
  return inOneTurn(async (asked: readonly string[]) => {
    const services = [...new Set(asked)];
    const { now, rest } = await link.run(loadScript, { services });
    const parts = new Map(services.map((service, i) => [service, rest[i + 2]]));
    return asked.map((service) => ({ part: parts.get(service), now }));
  }, chunk);
}
