import type { Logger } from 'pino';
import type { AlertStore } from '../release/alerts/port.ts';
import type { EvidenceStore } from '../release/evidence/port.ts';
import type { Fault } from '../release/fault.ts';
import type { SenderNotes } from '../release/sender-notes.ts';
import type { Agenda, Outbox, Store } from '../release/store.ts';
import type { RedisAccess } from './access.ts';
import { readRedisUrl } from './address.ts';
import { redisAlerts } from './alerts.ts';
import { redisEvidence } from './evidence.ts';
import { redisAgenda } from './agenda.ts';
import { keyStart } from './keys.ts';
import { openClient } from './client.ts';
import { redisOutbox } from './outbox.ts';
import { redisSenderNotes } from './sender-notes.ts';
import { pingScript } from './scripts/store.ts';
import { redisStore } from './store.ts';
import { replicaClocks } from './replica-clocks.ts';
import type { ReplicaClock } from './replica-clocks.ts';
import { readReplicaName } from './replica-name.ts';
import type { RedisTrouble } from './setup-error.ts';
import { openToAll, serverFacts } from './warnings.ts';
import type { ServerProblem } from './warnings.ts';

/** What a server reports about itself. */
export interface ServerFacts {
  /** Undefined where this user may not run `INFO`. */
  version: string | undefined;
  problems: ServerProblem[];
  /** Names of all connections; undefined where this user may not list them. */
  clients: string[] | undefined;
  /** The server's own clock, ms since 1970. */
  clock: number;
  /** What is added to that clock, ms, so that the store's time continues from the server before. */
  shift: number;
}

/** The ports that keep state, on one Redis, Sentinel set or Cluster. */
export interface OpenRedis {
  store: Store;
  agenda: Agenda;
  outbox: Outbox;
  alerts: AlertStore;
  senders: SenderNotes;
  evidence: EvidenceStore;
  /** Returns true when commands can be sent now. */
  ready(): boolean;
  /** Why commands cannot be sent: a network code, or the word with which Redis refused. Holds no secret. */
  trouble(): string | undefined;
  /** The commands that this user may not run (`keys`: the keys), while that prevents all sending. */
  lacks(): readonly string[];
  /**
   * The trouble in words, and what to do about it. `cause`: the fault of a failed command, if there is one; a word
   * from Redis in it says more than the connection does.
   */
  explain(cause?: Fault): RedisTrouble;
  /** Calls back on every change of `ready`, until the returned function is called. */
  watch(fn: (ready: boolean) => void): () => void;
  /** Asks the server about itself. Throws `Fault('storage-unavailable')`. */
  facts(): Promise<ServerFacts>;
  /** The clocks of Redis' replicas, with Sentinel and Cluster. Throws `Fault('storage-unavailable')`. */
  replicaClocks(): Promise<ReplicaClock[]>;
  /** How many replicas of the bot are connected with this prefix; undefined: not known. */
  bots(): Promise<number | undefined>;
  close(): void;
}

/**
 * Connects to the Redis of `url` (see `readRedisUrl`; throws as it does) and returns at once: a start succeeds
 * without Redis. `replicaName` is shown in `CLIENT LIST`.
 */
export function openRedis(
  url: string,
  {
    prefix,
    access = {},
    log,
    replicaName,
  }: { prefix: string; access?: RedisAccess; log: Logger; replicaName: string },
): OpenRedis {
  const address = readRedisUrl(url);
  const link = openClient(address, { keyStart: keyStart(prefix), access, log, name: replicaName });
  return {
    store: redisStore(link, { replicas: address.kind !== 'single' }),
    agenda: redisAgenda(link),
    outbox: redisOutbox(link),
    alerts: redisAlerts(link, { replicas: address.kind !== 'single' }),
    senders: redisSenderNotes(link),
    evidence: redisEvidence(link),
    ready: () => link.ready(),
    trouble: () => link.trouble(),
    lacks: () => link.lacks(),
    explain: (cause) => link.explain(cause),
    watch: (fn) => link.watch(fn),
    async facts() {
      const info = await link.info();
      const clients = await link.clients();
      const { now, rest } = await link.run(pingScript, {});
      const shift = Number(rest[0]);
      const { version, problems } = serverFacts(info, address);
      return {
        version,
        problems: link.uselessPassword() ? [...problems, openToAll] : problems,
        clients: clients === undefined ? undefined : namesIn(clients),
        clock: now - shift,
        shift,
      };
    },
    replicaClocks: () =>
      address.kind === 'single' ? Promise.resolve([]) : replicaClocks(link, address, access),
    async bots() {
      const clients = await link.clients().catch(() => undefined);
      return clients === undefined
        ? undefined
        : namesIn(clients).filter((name) => readReplicaName(name)?.prefix === prefix).length;
    },
    close: () => link.close(),
  };
}

/** Reads the names of the connections in `CLIENT LIST`. */
function namesIn(clients: string): string[] {
  return clients.split('\n').flatMap((client) => /(?:^| )name=(\S+)/.exec(client)?.[1] ?? []);
}
