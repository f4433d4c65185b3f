/** What can be wrong with Redis, and with other replicas on it. */
import type { Config } from '../config.ts';
import { explainCode } from '../net/explain.ts';
import { readRedisUrl } from '../redis/address.ts';
import { Fault } from '../release/fault.ts';
import type { OpenRedis } from '../redis/open.ts';
import { readReplicaName } from '../redis/replica-name.ts';
import { skewOf } from './clock.ts';
import { fine, skipped, warned, wrong } from './finding.ts';
import type { Finding } from './finding.ts';

/** Looks at Redis. `now`: ms since 1970 by this machine. */
export async function* examineStorage(
  config: Config,
  redis: OpenRedis,
  now: () => number,
): AsyncGenerator<Finding> {
  let facts: Awaited<ReturnType<OpenRedis['facts']>>;
  try {
    facts = await redis.facts();
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const { found, fix } = whyNot(redis, cause, config);
    yield wrong('Redis', `${found} (${addressOf(config)})`, fix);
    for (const name of ['Redis settings', 'clock against Redis', 'replicas'])
      yield skipped(name, 'Redis cannot be asked');
    return;
  }
  yield fine('Redis', `takes writes, version ${facts.version ?? 'not known'}`);
  for (const { name, found, fix, unknown } of facts.problems)
    yield (unknown ? warned : wrong)(name, found, fix);
  if (facts.problems.length === 0)
    yield fine('Redis settings', 'version, append-only file and eviction are good');
  yield skewOf(
    'clock against Redis',
    now(),
    facts.now,
    'instants are Redis’ own, so what is shown may look early or late',
  );
  yield replicas(config, facts.clients);
}

/** Where it should be, without user and password. */
function addressOf({ redis: { url = '' } }: Config): string {
  const { hosts, kind } = readRedisUrl(url);
  const shown = hosts
    .map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
    .join(', ');
  return kind === 'sentinel' ? `sentinels at ${shown}` : `at ${shown}`;
}

/** Why it cannot be asked, by what the connection said last. */
function whyNot(
  redis: Pick<OpenRedis, 'trouble' | 'lacks'>,
  fault: Fault,
  { redis: { url = '', prefix } }: Config,
): { found: string; fix: string } {
  const trouble = fault.refuses ?? redis.trouble();
  switch (trouble) {
    case 'OOM':
      return {
        found: 'takes no writes: it is full (OOM)',
        fix: 'give it more memory (maxmemory), or remove what others keep in it',
      };
    case 'MISCONF':
      return {
        found: 'takes no writes: it cannot write to its disk (MISCONF)',
        fix: 'look at its disk and its log',
      };
    case 'READONLY':
      return { found: 'takes no writes: it is a replica (READONLY)', fix: 'name the master in REDIS_URL' };
    case 'NOREPLICAS':
      return {
        found: 'takes no writes: too few of its replicas answer (NOREPLICAS)',
        fix: 'look at its replicas, and at min-replicas-to-write',
      };
    case 'WRONGPASS':
      return {
        found: 'refuses the user or the password',
        fix: 'correct both in REDIS_URL (redis://user:password@host, percent-encoded; without a user :password@)',
      };
    case 'NOAUTH':
      return { found: 'wants a password', fix: 'give it in REDIS_URL: redis://:password@host' };
    case 'NOPERM':
      return {
        found: `does not let this user run what is needed: ${redis.lacks().join(', ')}`,
        fix: `grant it: ACL SETUSER <user> ${granted(redis.lacks(), prefix)}; the README has all that it needs`,
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        found: explainCode(trouble) ?? trouble,
        fix: 'correct the host in REDIS_URL, or the name servers',
      };
    case 'ECONNREFUSED':
      return {
        found: 'connection refused',
        fix: 'start it, and check the port in REDIS_URL and the address that it is bound to',
      };
    case undefined:
      return {
        found: `cannot be asked: ${fault.message.replace(/\.$/, '')}`,
        fix: `check the firewall, and ${url.startsWith('rediss') ? 'that it speaks TLS on that port (else redis://)' : 'rediss:// where it speaks TLS'}`,
      };
    default:
      return {
        found: `cannot be asked: ${explainCode(trouble) ?? trouble}`,
        fix: 'check host, port and kind in REDIS_URL, rediss:// for TLS, and the firewall',
      };
  }
}

function granted(lacks: readonly string[], prefix: string): string {
  return lacks.map((each) => (each === 'keys' ? `~${prefix}:*` : `+${each}`)).join(' ');
}

/** Every replica tells the digest of its configuration in the name of its connection. */
function replicas({ digest, redis: { prefix } }: Config, clients: readonly string[] | undefined): Finding {
  const name = 'replicas';
  if (clients === undefined) return skipped(name, 'this user of Redis may not run CLIENT LIST');
  const running = clients
    .flatMap((client) => readReplicaName(client) ?? [])
    .filter((each) => each.prefix === prefix);
  const digests = new Set(running.map((each) => each.digest));
  if (running.length === 0) return fine(name, 'none is running now');
  if (digests.size > 1)
    return wrong(
      name,
      `${running.length} run now, with ${digests.size} different configurations`,
      'give all replicas the same file and restart those that are behind',
    );
  if (!digests.has(digest))
    return wrong(
      name,
      `${running.length} run now, with another configuration than this one`,
      'restart them with this file, or examine with theirs (SWITCHBACK_CONFIG)',
    );
  return fine(name, `${running.length} run now, all with this configuration`);
}
