/** Something that an operator should change about the server. */
export interface ServerProblem {
  /** What it is about: `Redis version`, `Redis persistence`, `Redis eviction`. */
  name: string;
  found: string;
  fix: string;
  /** It may be as it should be, and cannot be known. */
  unknown?: true;
}

/** `INFO` as names and values. */
function factsOf(info: string): Map<string, string> {
  return new Map(
    info.split(/\r?\n/).map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}

/** Its version, and what an operator should change about the server, from its `INFO`; undefined: it may not be asked. */
export function serverFacts(info: string | undefined): {
  version: string | undefined;
  problems: ServerProblem[];
} {
  if (info !== undefined) return known(factsOf(info));
  const found =
    'this user of Redis may not run INFO, so version, append-only file and eviction are not known';
  const fix = 'grant it in the ACL: ACL SETUSER <user> +info';
  return { version: undefined, problems: [{ name: 'Redis settings', found, fix, unknown: true }] };
}

function known(facts: ReadonlyMap<string, string>): { version: string; problems: ServerProblem[] } {
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
  return { version, problems };
}
