/** What an operator should change about the server, from its `INFO`: one sentence each. */
export function serverWarnings(info: string): string[] {
  const facts = new Map(
    info.split(/\r?\n/).map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
  const warnings: string[] = [];
  const version = facts.get('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) {
    warnings.push(`Redis is ${version === '' ? 'of unknown version' : version}; 6.2 or newer is needed.`);
  }
  if (facts.get('aof_enabled') !== '1') {
    warnings.push(
      'Redis has its append-only file off: a restart loses what was accepted. Set "appendonly yes".',
    );
  }
  const policy = facts.get('maxmemory_policy');
  if (policy !== 'noeviction') {
    warnings.push(
      `Redis may evict records (maxmemory-policy ${policy ?? 'unknown'}). Set "maxmemory-policy noeviction".`,
    );
  }
  return warnings;
}
