import type { RedisClient } from './client.ts';
import { loadScript } from './scripts/store.ts';

/**
 * Returns a function that loads one service. Loads that are asked for in the same turn of the event loop are sent
 * together: under load, the reads of many people become one question. No answer is older than it would be alone,
 * because the question is sent after all of them were asked for. The function resolves to what `readLoaded` reads,
 * and throws as `RedisClient.run` does.
 */
export function batchLoads(link: RedisClient): (service: string) => Promise<{ part: unknown; now: number }> {
  let gathering: { services: Map<string, number>; reply: ReturnType<RedisClient['run']> } | undefined;

  const gather = (): NonNullable<typeof gathering> => {
    const services = new Map<string, number>();
    const reply = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      gathering = undefined;
      return link.run(loadScript, { services: [...services.keys()] });
    });
    return { services, reply };
  };

  return async (service) => {
    gathering ??= gather();
    const { services, reply } = gathering;
    const place = services.get(service) ?? services.size;
    services.set(service, place);
    const { now, rest } = await reply;
    return { part: rest[place + 2], now };
  };
}
