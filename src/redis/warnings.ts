/** Something that an operator should change about the server. */
export interface ServerProblem {
  /** What it is about: `Redis version`, `Redis persistence`, `Redis eviction`. */
  name: string;
  found: string;
  fix: string;
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

/** The server's version, from its `INFO`. */
export function serverVersion(info: string): string {
  return factsOf(info).get('redis_version') || 'unknown';
}

/** What an operator should change about the server, from its `INFO`. */
export function serverProblems(info: string): ServerProblem[] {
  const facts = factsOf(info);
  const problems: ServerProblem[] = [];
  const version = serverVersion(info);
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
  return problems;
}
