import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { RedisAddress } from './address.ts';

/** A server by host and port. */
export interface Place {
  host: string;
  port: number;
}

/** The server to write to. `replicas`: how many live ones it has by the same word; undefined where nobody says. */
export interface Found extends Place {
  replicas?: number | undefined;
}

/** Finds the server to write to, asking again each time; rejects while nobody can say. */
export type Locate = () => Promise<Found>;

const askMs = 500;

/**
 * How the server is found: as the URL says, by the sentinels' word for the master, or by the cluster's for the owner
 * of `key`'s slot. All who can be asked are asked at once, and the majority counts: one that was cut off from the
 * others does not lead anybody astray for long.
 */
export function locator(address: RedisAddress, key: string): Locate {
  switch (address.kind) {
    case 'single': {
      const [only] = address.hosts;
      if (only === undefined) throw new Error('no host');
      return () => Promise.resolve(only);
    }
    case 'sentinel':
      return () =>
        majority(
          address.hosts.map((sentinel) =>
            ask(sentinel, address, async (redis) => {
              const { master } = address;
              const [answer, replicas]: unknown[] = await Promise.all([
                redis.call('sentinel', 'get-master-addr-by-name', master),
                redis.call('sentinel', 'replicas', master).catch(() => undefined),
              ]);
              if (!Array.isArray(answer)) throw new Error('a sentinel does not know the master');
              return { host: String(answer[0]), port: Number(answer[1]), replicas: countLive(replicas) };
            }),
          ),
        );
    case 'cluster':
      return clusterLocator(address, key);
    default:
      return address.kind satisfies never;
  }
}

/** Those of `SENTINEL REPLICAS` that the sentinel reaches; each is a list of names and values. */
function countLive(replicas: unknown): number | undefined {
  if (!Array.isArray(replicas)) return undefined;
  return replicas.filter((replica: unknown) => {
    const facts = Array.isArray(replica) ? replica.map(String) : [];
    return !/s_down|o_down|disconnected/.test(facts[facts.indexOf('flags') + 1] ?? '');
  }).length;
}

function clusterLocator(address: RedisAddress, key: string): Locate {
  let known: readonly Place[] = address.hosts;
  const owner = (node: Place): Promise<Found> =>
    ask(node, address, async (redis) => {
      const [slot, slots]: unknown[] = await Promise.all([
        redis.call('cluster', 'keyslot', key),
        redis.call('cluster', 'slots'),
      ]);
      const ranges = readSlots(slots, node);
      const nodes = ranges.flatMap((range) => range.nodes);
      if (nodes.length > 0) known = unique([...address.hosts, ...nodes]);
      const own = ranges.find((range) => range.from <= Number(slot) && Number(slot) <= range.to)?.nodes;
      const [found, ...replicas] = own ?? [];
      if (found === undefined) throw new Error('no node of the cluster serves our slot');
      // Replicas that have failed are not listed.
      return { ...found, replicas: replicas.length };
    });
  return () => majority(known.map(owner));
}

function readSlots(slots: unknown, asked: Place): { from: number; to: number; nodes: Place[] }[] {
  if (!Array.isArray(slots)) return [];
  return slots.map((range: unknown) => {
    const [from, to, ...nodes] = Array.isArray(range) ? (range as unknown[]) : [];
    return {
      from: Number(from),
      to: Number(to),
      nodes: nodes.map((node) => {
        const [host, port] = Array.isArray(node) ? (node as unknown[]) : [];
        // A node that does not know its own address means the one it was asked at.
        return { host: typeof host === 'string' && host !== '' ? host : asked.host, port: Number(port) };
      }),
    };
  });
}

function unique(places: readonly Place[]): Place[] {
  return [...new Map(places.map((place) => [`${place.host} ${place.port}`, place])).values()];
}

/**
 * The answer that most give, with the most replicas that one of them names; early once more than half agree. Rejects
 * with one reason when nobody answers.
 */
function majority(asked: readonly Promise<Found>[]): Promise<Found> {
  return new Promise((resolve, reject) => {
    const votes = new Map<string, { place: Found; count: number }>();
    let open = asked.length;
    let reason: unknown = new Error('nobody to ask');
    const settle = (): void => {
      open -= 1;
      const [best] = [...votes.values()].sort((a, b) => b.count - a.count);
      if (best !== undefined && (open === 0 || best.count > asked.length / 2)) resolve(best.place);
      else if (open === 0) reject(reason);
    };
    for (const one of asked) {
      one
        .then(
          (place) => {
            const name = `${place.host} ${place.port}`;
            const before = votes.get(name);
            const replicas = most(place.replicas, before?.place.replicas);
            votes.set(name, { place: { ...place, replicas }, count: (before?.count ?? 0) + 1 });
          },
          (error: unknown) => {
            reason = error;
          },
        )
        .finally(settle)
        .catch(() => undefined);
    }
  });
}

function most(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

/** Asks one server something over a short connection; without the password first, since sentinels seldom have one. */
async function ask<T>(
  place: Place,
  address: RedisAddress,
  question: (redis: Redis) => Promise<T>,
): Promise<T> {
  const { username, password, tls, kind } = address;
  const once = async (login: Pick<RedisOptions, 'username' | 'password'>): Promise<T> => {
    const redis = new Redis({
      ...place,
      ...login,
      ...(tls ? { tls: {} } : {}),
      lazyConnect: true,
      retryStrategy: null,
      enableReadyCheck: false,
      disableClientInfo: true,
      protocol: 2,
      connectTimeout: askMs,
      commandTimeout: askMs,
      socketTimeout: askMs,
      disconnectTimeout: 50,
      maxRetriesPerRequest: 0,
    });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  };
  const login = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  if (kind !== 'sentinel' || password === undefined) return once(login);
  return once({}).catch((error: unknown) => {
    if (error instanceof Error && /^(NOAUTH|NOPERM)/.test(error.message)) return once(login);
    throw error;
  });
}
