import { explainCode } from '../net/explain.ts';
import type { RedisAddress } from './address.ts';
import type { SetupCode, RedisTrouble, TroubleFacts } from './setup-error.ts';
import { ofTls, portIsPlain } from './tls-trouble.ts';

/** Returns where Redis should be, without user and password. */
export function shownAddress({ hosts, kind }: RedisAddress): string {
  const shown = hosts
    .map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
    .join(', ');
  return kind === 'sentinel' ? `sentinels at ${shown}` : `at ${shown}`;
}

/**
 * Explains a trouble in words. It may be the word with which Redis refused, a network or TLS code, or a `SetupCode`.
 * An unknown trouble is repeated as it is; `otherwise` is used when there is none.
 */
export function explainTrouble(
  trouble: string | undefined,
  facts: TroubleFacts,
  otherwise = 'does not answer',
): RedisTrouble {
  return (
    (trouble === undefined
      ? undefined
      : (ofReply(trouble, facts) ?? ofSetup(trouble, facts) ?? ofTls(trouble, facts))) ??
    ofNetwork(trouble, facts, otherwise)
  );
}

/** Explains a reply of Redis. */
function ofReply(word: string, { address, lacks, prefix }: TroubleFacts): RedisTrouble | undefined {
  switch (word) {
    case 'OOM':
      return {
        found: 'takes no writes: it is full (OOM)',
        fix: 'give it more memory (maxmemory), or remove data that others store in it',
      };
    case 'MISCONF':
      return {
        found: 'takes no writes: it cannot write to its disk (MISCONF)',
        fix: 'look at its disk and its log',
      };
    case 'READONLY':
      return { found: 'takes no writes: it is a replica (READONLY)', fix: nameMaster(address) };
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
      return { found: 'needs a password', fix: 'put it into REDIS_URL: redis://:password@host' };
    case 'NOPERM':
      return {
        found: `does not let this user run what is needed${lacks.length > 0 ? `: ${lacks.join(', ')}` : ' (NOPERM)'}`,
        fix: `grant it: ACL SETUSER <user> ${granted(lacks, prefix)}; docs/setup.md has all that it needs`,
      };
    case 'LOADING':
      return { found: 'is loading its data', fix: 'wait until it has loaded them' };
    case 'BUSY':
      return { found: 'is busy with another client’s script (BUSY)', fix: 'SCRIPT KILL ends that script' };
    case 'DENIED':
      return {
        found: 'accepts connections only from its own machine (protected-mode)',
        fix: 'give it a password (requirepass, or an ACL user), and put it into REDIS_URL',
      };
    case 'MASTERDOWN':
      return { found: 'is a replica that has lost its master', fix: nameMaster(address) };
    case 'MOVED':
      return {
        found: 'is one node of a Cluster, and not the one that stores our keys (MOVED)',
        fix: asCluster(address),
      };
    case 'ASK':
    case 'TRYAGAIN':
      return {
        found: 'is moving the slot of our keys to another node of the Cluster, and stores nothing meanwhile',
        fix: 'wait for the end of the move; when it does not end: redis-cli --cluster check <host:port>, then --cluster fix',
      };
    case 'CLUSTERDOWN':
      return {
        found: 'is a Cluster that is down: not all slots are served (CLUSTERDOWN)',
        fix: 'look at its nodes: redis-cli --cluster check <host:port>',
      };
    default:
      return undefined;
  }
}

/** Explains a server that does not match `REDIS_URL`. */
function ofSetup(code: string, { address, names }: TroubleFacts): RedisTrouble | undefined {
  const { master, tls, hosts } = address;
  const s = tls ? 's' : '';
  switch (code as SetupCode) {
    case 'is-sentinel':
      return {
        found: 'is a sentinel at this address, and stores no data',
        fix: `write redis${s}+sentinel://host:port,host:port/master in REDIS_URL; redis-cli -p ${hosts[0]?.port ?? 26379} sentinel masters shows the masters' names`,
      };
    case 'not-a-sentinel':
      return {
        found: 'has no sentinel at these addresses: a Redis server answers there',
        fix: 'name the ports of the sentinels in REDIS_URL (26379 by default), or write redis:// for one server',
      };
    case 'not-a-cluster':
      return {
        found: 'is not a Cluster: its cluster support is disabled',
        fix: `write redis${s}:// for one server, or redis${s}+sentinel:// with the sentinels, in REDIS_URL`,
      };
    case 'unknown-master':
      return {
        found: `has sentinels that know no master "${master}"${names.length > 0 ? `, but ${names.map((name) => `"${name}"`).join(', ')}` : ''}`,
        fix: `correct the name after the last host in REDIS_URL${names.length === 1 ? `: /${names[0]}` : ' (redis-cli -p 26379 sentinel masters shows those they know)'}`,
      };
    case 'no-owner':
      return {
        found: 'is a Cluster in which no node serves the slot of our keys',
        fix: 'look at its nodes: redis-cli --cluster check <host:port>',
      };
    case 'sentinel-wants-password':
      return {
        found: 'has sentinels that need a password',
        fix: 'set REDIS_SENTINEL_PASSWORD, and REDIS_SENTINEL_USERNAME where they have users',
      };
    case 'sentinel-refuses-login':
      return {
        found: 'has sentinels that refuse the user or the password',
        fix: 'correct REDIS_SENTINEL_PASSWORD and REDIS_SENTINEL_USERNAME; without them the sentinels are asked with those of REDIS_URL',
      };
    case 'sentinel-refuses-command':
      return {
        found: 'has sentinels that do not let this user ask for the master',
        fix: 'grant it on each of them: ACL SETUSER <user> +sentinel|get-master-addr-by-name',
      };
    case 'port-is-plain':
      return portIsPlain;
    case 'port-is-tls':
      return { found: 'speaks TLS on that port', fix: 'write rediss:// in REDIS_URL' };
    default:
      return undefined;
  }
}

function ofNetwork(code: string | undefined, { address }: TroubleFacts, otherwise: string): RedisTrouble {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        found: `cannot be found: ${explainCode(code)}`,
        fix: 'correct the host in REDIS_URL, or the name servers',
      };
    case 'ECONNREFUSED':
      return {
        found: 'refuses the connection',
        fix: 'start it, and check the port in REDIS_URL and the address that it is bound to',
      };
    case undefined:
      return {
        found: otherwise,
        fix: `check the firewall, and ${address.tls ? 'that it speaks TLS on that port (else redis://)' : 'rediss:// where it speaks TLS'}`,
      };
    default:
      return {
        found: `cannot be asked: ${explainCode(code) ?? code}`,
        fix: 'check host, port and kind in REDIS_URL, rediss:// for TLS, and the firewall',
      };
  }
}

function nameMaster({ kind, tls }: RedisAddress): string {
  return kind === 'single'
    ? `name the master in REDIS_URL, or the sentinels, which follow it (redis${tls ? 's' : ''}+sentinel://)`
    : 'look at its master: no server has become one yet';
}

function asCluster({ kind, tls }: RedisAddress): string {
  return kind === 'cluster'
    ? 'look at its nodes, which disagree: redis-cli --cluster check <host:port>'
    : `write redis${tls ? 's' : ''}+cluster://host:port,host:port in REDIS_URL`;
}

function granted(lacks: readonly string[], prefix: string): string {
  if (lacks.length === 0) return '+…';
  return lacks.map((each) => (each === 'keys' ? `~${prefix}:*` : `+${each}`)).join(' ');
}
