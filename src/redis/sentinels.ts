import type { Redis } from 'ioredis';
import type { RedisAddress } from './address.ts';
import type { RedisAccess } from './access.ts';
import { briefRedis, loginsOf } from './discovery.ts';

/** Pause before a silent sentinel is tried again, ms. */
const againMs = 1_000;

/**
 * The channels on which a sentinel announces that another server becomes the master, or that it promoted a replica.
 */
const news = ['+switch-master', '+promoted-slave', '+failover-end'];

/** Listens to every sentinel, over one connection each, and calls `heard` when one announces a new master. */
export function listenToSentinels(
  address: RedisAddress,
  access: RedisAccess,
  heard: () => void,
): { close(): void } {
  const open = new Set<Redis>();
  const waiting = new Set<NodeJS.Timeout>();
  let closed = false;
  const listen = (sentinel: RedisAddress['hosts'][number], attempt: number): void => {
    const logins = loginsOf(address, access);
    const redis = briefRedis(sentinel, address, access, {
      ...logins[attempt % logins.length],
      keepAlive: 5_000,
    });
    open.add(redis);
    redis.on('error', () => undefined);
    redis.on('message', heard);
    const again = (): void => {
      if (!open.delete(redis)) return;
      redis.disconnect();
      if (closed) return;
      const timer = setTimeout(() => {
        waiting.delete(timer);
        listen(sentinel, attempt + 1);
      }, againMs);
      timer.unref();
      waiting.add(timer);
    };
    redis.on('end', again);
    redis
      .connect()
      .then(() => redis.subscribe(...news))
      // A sentinel does not repeat what it announced before the subscription.
      .then(heard, again);
  };
  for (const sentinel of address.hosts) listen(sentinel, 0);
  return {
    close() {
      closed = true;
      for (const timer of waiting) clearTimeout(timer);
      for (const redis of open) redis.disconnect();
    },
  };
}
