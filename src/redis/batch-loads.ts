import type { RedisClient } from './client.ts';
import { loadScript } from './scripts/store.ts';

/**
 * Loads of services, sent together when they are asked for in the same turn of the event loop: under load, many people's
 * reads are one question. Nothing is older than it would be alone, since all are asked for before the question is sent.
 * Answers with what `readLoaded` reads. Throws as `Link.run` does.
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
