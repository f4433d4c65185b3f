import type { Redis } from 'ioredis';
import { messageOf } from './reply-error.ts';

/**
 * The answer of a server that requires no password, or (before 6) knows no users. It still accepts the connection.
 */
const unwanted = /without any password configured|no password is set|wrong number of arguments for 'auth'/;

/**
 * Lets a connection log in without output on the console: ioredis prints a line when a server requires no password.
 * `useless` is called then. Call it before the connection is made.
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
