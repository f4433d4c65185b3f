import type { ConnectionOptions } from 'node:tls';

/** How to connect to Redis, in addition to `REDIS_URL`. */
export interface RedisAccess {
  /** PEM texts, for `rediss:` only. Without `ca`, the authorities that Node trusts count. */
  tls?: { ca?: string; cert?: string; key?: string; servername?: string };
  /** The login of the sentinels, when they have their own. */
  sentinel?: { username?: string; password: string };
}

/** Returns the options of a TLS connection; undefined without TLS. */
export function tlsOptions(tls: boolean, access: RedisAccess): ConnectionOptions | undefined {
  return tls ? { ...access.tls } : undefined;
}
