import type { ConnectionOptions } from 'node:tls';

/** How Redis is spoken to, besides what `REDIS_URL` says. */
export interface RedisAccess {
  /** PEM texts; without `ca` the authorities that Node knows are believed. For `rediss:` only. */
  tls?: { ca?: string; cert?: string; key?: string; servername?: string };
  /** Of the sentinels, when they have one of their own. */
  sentinel?: { username?: string; password: string };
}

/** Options of a TLS connection; undefined where none is wanted. */
export function tlsOptions(tls: boolean, access: RedisAccess): ConnectionOptions | undefined {
  return tls ? { ...access.tls } : undefined;
}
