import type { RedisAddress } from './address.ts';
import type { HostPort } from './connector.ts';

/** Something that an operator should change about the server. */
export interface ServerProblem {
  /** What it is about: `Redis version`, `Redis persistence`, `Redis replicas`. */
  name: string;
  found: string;
  fix: string;
  /** True: only advice. The setting may be right or good enough. */
  hint?: true;
}

/** A password was given, and the server requires none. */
export const openToAll: ServerProblem = {
  name: 'Redis password',
  found:
    'Redis needs no password, although REDIS_URL has one: anyone who can reach it can read and write everything',
  fix: 'set "requirepass" (or an ACL user) on all its servers, or remove the password from REDIS_URL',
  hint: true,
};

/** Reads `INFO` as names and values. */
function factsOf(info: string): Map<string, string> {
  return new Map(
    info.split(/\r?\n/).map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}

/** Returns the server's version and what to change, from its `INFO`; undefined: this user may not run it. */
export function serverFacts(
  info: string | undefined,
  address: Pick<RedisAddress, 'kind' | 'tls'>,
): {
  version: string | undefined;
  problems: ServerProblem[];
} {
  if (info !== undefined) return known(factsOf(info), address);
  const found =
    'this user of Redis may not run INFO, so version, append-only file and eviction are not known';
  const fix = 'grant it in the ACL: ACL SETUSER <user> +info';
  return { version: undefined, problems: [{ name: 'Redis settings', found, fix, hint: true }] };
}

function known(
  facts: ReadonlyMap<string, string>,
  address: Pick<RedisAddress, 'kind' | 'tls'>,
): { version: string; problems: ServerProblem[] } {
  const problems: ServerProblem[] = [];
  const version = facts.get('redis_version') || 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (!(major > 6 || (major === 6 && minor >= 2))) {
    problems.push({
      name: 'Redis version',
      found: `Redis is ${version === 'unknown' ? 'of unknown version' : version}; 6.2 or newer is needed`,
      fix: 'update the server',
    });
  }
  if (facts.get('aof_enabled') !== '1') {
    problems.push({
      name: 'Redis persistence',
      found: 'Redis has its append-only file off: a restart loses what was accepted',
      fix: 'set "appendonly yes"',
    });
  }
  const policy = facts.get('maxmemory_policy');
  if (policy !== 'noeviction') {
    problems.push({
      name: 'Redis eviction',
      found: `Redis may evict records (maxmemory-policy ${policy ?? 'unknown'})`,
      fix: 'set "maxmemory-policy noeviction"',
    });
  }
  problems.push(...ofPlace(facts, address));
  return { version, problems };
}

/** Returns the replicas that follow the server now, as its `INFO` names them; none where this user may not run it. */
export function liveReplicas(info: string | undefined): HostPort[] {
  return replicasIn(factsOf(info ?? ''));
}

function replicasIn(facts: ReadonlyMap<string, string>): HostPort[] {
  return [...facts].flatMap(([name, said]) => {
    if (!/^slave\d+$/.test(name) || !/state=online/.test(said)) return [];
    const [, host = '', port] = /^ip=([^,]*),port=(\d+)/.exec(said) ?? [];
    return [{ host, port: Number(port) }];
  });
}

/** Finds what would go wrong in a failover. */
function ofPlace(
  facts: ReadonlyMap<string, string>,
  { kind, tls }: Pick<RedisAddress, 'kind' | 'tls'>,
): ServerProblem[] {
  if (kind === 'single') {
    if (facts.get('redis_mode') !== 'cluster') return [];
    return [
      {
        name: 'Redis Cluster',
        found:
          'Redis is a node of a Cluster, but REDIS_URL names only this node: nothing waits for its replicas, and nothing is stored once our slot is on another node',
        fix: `write redis${tls ? 's' : ''}+cluster://host:port,host:port in REDIS_URL`,
        hint: true,
      },
    ];
  }
  const live = replicasIn(facts).length;
  if (live === 0) {
    return [
      {
        name: 'Redis replicas',
        found:
          'Redis has no live replica: stages and promotes are refused, and a failover would lose data; reverts and alerts still work',
        fix: 'start its replicas, and look at INFO replication on the master',
      },
    ];
  }
  // INFO shows this line only where the setting is on.
  if (facts.has('min_slaves_good_slaves')) return [];
  return [
    {
      name: 'Redis min-replicas-to-write',
      found:
        'Redis takes writes that no replica gets: a master that was cut off, or is being replaced, loses them',
      fix: `set "min-replicas-to-write 1" and "min-replicas-max-lag 10" on all its servers${live === 1 ? '; while its only replica is down, reverts are refused too' : ''}`,
      hint: true,
    },
  ];
}
