import type { Logger } from 'pino';
import type { Agenda, Outbox, Store } from '../release/store.ts';
import { readRedisUrl } from './address.ts';
import { redisAgenda } from './agenda.ts';
import { keyStart } from './keys.ts';
import { openLink } from './link.ts';
import { redisOutbox } from './outbox.ts';
import { redisStore } from './store.ts';
import { serverWarnings } from './warnings.ts';

/** The ports that keep state, on one Redis, Sentinel set or Cluster. */
export interface OpenRedis {
  store: Store;
  agenda: Agenda;
  outbox: Outbox;
  /** True when commands can be sent now. */
  ready(): boolean;
  /** Calls back on every change of `ready`, until the returned function is called. */
  watch(fn: (ready: boolean) => void): () => void;
  /** What an operator should change about the server. Throws `Fault('storage-unavailable')`. */
  warnings(): Promise<string[]>;
  close(): void;
}

/**
 * Connects to the Redis of `url` (see `readRedisUrl`; throws as it does) and returns at once: an absent Redis does
 * not stop a start. `replicaName` is shown in `CLIENT LIST`.
 */
export function openRedis(
  url: string,
  { prefix, log, replicaName }: { prefix: string; log: Logger; replicaName: string },
): OpenRedis {
  const address = readRedisUrl(url);
  const link = openLink(address, { keyStart: keyStart(prefix), log, name: replicaName });
  return {
    store: redisStore(link, { replicas: address.kind !== 'single' }),
    agenda: redisAgenda(link),
    outbox: redisOutbox(link),
    ready: () => link.ready(),
    watch: (fn) => link.watch(fn),
    warnings: async () => serverWarnings(await link.info()),
    close: () => link.close(),
  };
}
