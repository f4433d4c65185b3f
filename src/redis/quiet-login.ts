import type { Redis } from 'ioredis';
import { messageOf } from './reply-error.ts';

/** What a server says to a password where it wants none, or (older than 6) to a user; it lets the connection in. */
const unwanted = /without any password configured|no password is set|wrong number of arguments for 'auth'/;

/**
 * Lets a connection log in without a word on the console: ioredis prints one where a server wants no password. `useless` is
 * called then. The connection must not have been made yet.
 */
export function quietLogin<T extends Redis>(redis: T, useless: () => void = () => undefined): T {
  const auth = redis.auth.bind(redis) as (...given: unknown[]) => Promise<'OK'>;
  redis.auth = ((...given: unknown[]) =>
    auth(...given).catch((error: unknown) => {
      if (!unwanted.test(messageOf(error))) throw error;
      useless();
      return 'OK' as const;
    })) as T['auth'];
  return redis;
}
