import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { tlsOptions } from './access.ts';
import type { RedisAccess } from './access.ts';
import type { RedisAddress } from './address.ts';
import { connectorTo } from './connector.ts';
import type { FoundServer, Locate, HostPort } from './connector.ts';
import { lookAgain } from './other-port.ts';
import { quietLogin } from './quiet-login.ts';
import { messageOf } from './reply-error.ts';
import { SetupError } from './setup-error.ts';

const askMs = 500;

/**
 * Returns the function that finds the server: the host of the URL, the master that the sentinels name, or the
 * cluster's owner of `key`'s slot. All sources are asked at once and the majority counts, so a source that was cut
 * off from the others cannot mislead for long.
 */
export function locator(address: RedisAddress, key: string, access: RedisAccess): Locate {
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
            askServer(sentinel, address, access, (redis) => masterBy(redis, address.master)),
          ),
        );
    case 'cluster':
      return clusterLocator(address, key, access);
    default:
      return address.kind satisfies never;
  }
}

/** Counts the replicas in `SENTINEL REPLICAS` that the sentinel reaches; each is a list of names and values. */
function countLive(replicas: unknown): number | undefined {
  if (!Array.isArray(replicas)) return undefined;
  return replicas.filter((replica: unknown) => {
    const facts = Array.isArray(replica) ? replica.map(String) : [];
    return !/s_down|o_down|disconnected/.test(facts[facts.indexOf('flags') + 1] ?? '');
  }).length;
}

async function masterBy(sentinel: Redis, name: string): Promise<FoundServer> {
  const [answer, replicas]: unknown[] = await Promise.all([
    sentinel.call('sentinel', 'get-master-addr-by-name', name),
    sentinel.call('sentinel', 'replicas', name).catch(() => undefined),
  ]);
  if (Array.isArray(answer))
    return { host: String(answer[0]), port: Number(answer[1]), replicas: countLive(replicas) };
  // Where this user may not ask for the masters, the wrong name is enough.
  const masters: unknown = await sentinel.call('sentinel', 'masters').catch(() => []);
  throw new SetupError('unknown-master', Array.isArray(masters) ? masters.flatMap(nameOfMaster) : []);
}

/** Reads the name in an entry of `SENTINEL MASTERS`, a flat list of names and values. */
function nameOfMaster(fields: unknown): string[] {
  if (!Array.isArray(fields)) return [];
  const at = fields.indexOf('name');
  return at === -1 ? [] : [String(fields[at + 1])];
}

function clusterLocator(address: RedisAddress, key: string, access: RedisAccess): Locate {
  let known: readonly HostPort[] = address.hosts;
  const owner = (node: HostPort): Promise<FoundServer> =>
    askServer(node, address, access, async (redis) => {
      const [slot, slots]: unknown[] = await Promise.all([
        redis.call('cluster', 'keyslot', key),
        redis.call('cluster', 'slots'),
      ]);
      const ranges = readSlots(slots, node);
      const nodes = ranges.flatMap((range) => range.nodes);
      if (nodes.length > 0) known = unique([...address.hosts, ...nodes]);
      const own = ranges.find((range) => range.from <= Number(slot) && Number(slot) <= range.to)?.nodes;
      const [found, ...replicas] = own ?? [];
      if (found === undefined) throw new SetupError('no-owner');
      // The cluster does not list replicas that have failed.
      return { ...found, replicas: replicas.length };
    });
  return () => majority(known.map(owner));
}

function readSlots(slots: unknown, asked: HostPort): { from: number; to: number; nodes: HostPort[] }[] {
  if (!Array.isArray(slots)) return [];
  return slots.map((range: unknown) => {
    const [from, to, ...nodes] = Array.isArray(range) ? (range as unknown[]) : [];
    return {
      from: Number(from),
      to: Number(to),
      nodes: nodes.map((node) => {
        const [host, port] = Array.isArray(node) ? (node as unknown[]) : [];
        // A node that does not know its own address means the address it was asked at.
        return { host: typeof host === 'string' && host !== '' ? host : asked.host, port: Number(port) };
      }),
    };
  });
}

function unique(places: readonly HostPort[]): HostPort[] {
  return [...new Map(places.map((place) => [`${place.host} ${place.port}`, place])).values()];
}

/**
 * Resolves to the answer that most sources give, with the highest number of replicas that one of them names; early
 * once more than half agree. Rejects with one reason when none answers.
 */
function majority(asked: readonly Promise<FoundServer>[]): Promise<FoundServer> {
  return new Promise((resolve, reject) => {
    const votes = new Map<string, { place: FoundServer; count: number }>();
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
            // What one source answered says more than another source's silence.
            if (!(reason instanceof SetupError)) reason = error;
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

/** Opens a connection for a few questions. It does not reconnect. Connect it with `connect`. */
export function briefRedis(
  place: HostPort,
  address: RedisAddress,
  access: RedisAccess,
  more: Pick<RedisOptions, 'username' | 'password' | 'socketTimeout' | 'keepAlive'>,
): Redis {
  const tls = tlsOptions(address.tls, access);
  const redis = new Redis({
    Connector: connectorTo(
      () => Promise.resolve(place),
      tls,
      () => undefined,
    ),
    ...(tls && { tls }),
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
    connectTimeout: askMs,
    commandTimeout: askMs,
    disconnectTimeout: 50,
    maxRetriesPerRequest: 0,
    ...more,
  });
  return quietLogin(redis);
}

type Login = Pick<RedisOptions, 'username' | 'password'>;

/** The logins to try in turn. Sentinels are tried without the password first, because they seldom have one. */
export function loginsOf(
  { username, password, kind }: RedisAddress,
  access: RedisAccess,
): readonly [Login, ...Login[]] {
  if (kind === 'sentinel' && access.sentinel !== undefined) return [access.sentinel];
  const login = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  return kind !== 'sentinel' || password === undefined ? [login] : [{}, login];
}

/** Asks one server a question over a short connection. */
export async function askServer<T>(
  place: HostPort,
  address: RedisAddress,
  access: RedisAccess,
  question: (redis: Redis) => Promise<T>,
): Promise<T> {
  const once = async (login: Login): Promise<T> => {
    const redis = briefRedis(place, address, access, { ...login, socketTimeout: askMs });
    // The call fails with "Connection is closed."; the cause arrives before that, as an event.
    let cause: unknown;
    redis.on('error', (error) => {
      cause ??= error;
    });
    try {
      await redis.connect();
      return await question(redis);
    } catch (error) {
      throw await lookAgain(setupOf(cause ?? error, address.kind), place, address.tls);
    } finally {
      redis.disconnect();
    }
  };
  const [first, second] = loginsOf(address, access);
  if (second === undefined) return once(first);
  return once(first).catch((error: unknown) => {
    if (error instanceof SetupError && /wants-password|refuses-command/.test(error.code)) return once(second);
    throw error;
  });
}

/** What an error says about the setup; the error itself when it says nothing about that. */
function setupOf(error: unknown, kind: RedisAddress['kind']): unknown {
  if (error instanceof SetupError) return error;
  const message = messageOf(error);
  if (kind === 'cluster')
    return /cluster support disabled/.test(message) ? new SetupError('not-a-cluster') : error;
  if (/^NOAUTH\b/.test(message)) return new SetupError('sentinel-wants-password');
  if (/^(WRONGPASS|ERR invalid password)\b/.test(message)) return new SetupError('sentinel-refuses-login');
  if (/^NOPERM\b/.test(message)) return new SetupError('sentinel-refuses-command');
  return /unknown command/i.test(message) ? new SetupError('not-a-sentinel') : error;
}
