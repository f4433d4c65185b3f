/** Where Redis is, as read from `REDIS_URL`. */
export interface RedisAddress {
  kind: 'single' | 'sentinel' | 'cluster';
  tls: boolean;
  /** The server, the sentinels, or some nodes of the cluster. IPv6 addresses have no brackets. */
  hosts: readonly { host: string; port: number }[];
  /** The sentinels' name of the master; empty for the other kinds. */
  master: string;
  db: number;
  username?: string;
  password?: string;
}

/**
 * Reads `redis:`, `rediss:`, `redis+sentinel://h:p,h:p/master/db` and `redis+cluster://h:p,h:p` (also `rediss+…`),
 * each with `user:password@`. Throws an Error that says what is wrong and repeats nothing of the URL.
 */
export function readRedisUrl(url: string): RedisAddress {
  const shape = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(.*)$/s.exec(url);
  if (shape === null) {
    throw new Error('must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://');
  }
  const [, s = '', kind = 'single', rest = ''] = shape;
  const at = rest.lastIndexOf('@');
  const [authority = '', ...path] = rest.slice(at + 1).split('/');
  if (/[?#]/.test(rest.slice(at + 1))) throw new Error('must have no query and no fragment');
  const mode = kind as RedisAddress['kind'];
  const words = path.filter((word, i) => word !== '' || i < path.length - 1);
  return {
    kind: mode,
    tls: s === 's',
    hosts: readHosts(authority, mode),
    ...readPath(words, mode),
    ...(at === -1 ? {} : readUser(rest.slice(0, at))),
  };
}

function readHosts(authority: string, kind: RedisAddress['kind']): RedisAddress['hosts'] {
  const hosts = authority.split(',').map((text) => {
    const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text);
    const host = parts?.[1] ?? parts?.[2];
    const port = parts?.[3] === undefined ? (kind === 'sentinel' ? 26_379 : 6379) : Number(parts[3]);
    if (host === undefined || port < 1 || port > 65_535) throw new Error('must name hosts as host:port');
    return { host, port };
  });
  if (kind === 'single' && hosts.length > 1) {
    throw new Error('must name one host; several need redis+sentinel:// or redis+cluster://');
  }
  return hosts;
}

function readPath(words: readonly string[], kind: RedisAddress['kind']): { master: string; db: number } {
  switch (kind) {
    case 'single':
      if (words.length > 1) throw new Error('must have at most a database number as path');
      return { master: '', db: readDb(words[0]) };
    case 'sentinel': {
      const [master = '', db, ...more] = words;
      if (master === '' || more.length > 0)
        throw new Error('must name the master: redis+sentinel://hosts/master/db');
      return { master: decode(master), db: readDb(db) };
    }
    case 'cluster':
      if (words.length > 0 && words.join() !== '0')
        throw new Error('must have no path: a cluster has only database 0');
      return { master: '', db: 0 };
    default:
      return kind satisfies never;
  }
}

function readDb(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,5}$/.test(text)) throw new Error('must have a number as database');
  return Number(text);
}

function readUser(text: string): { username?: string; password?: string } {
  const colon = text.indexOf(':');
  if (colon === -1) throw new Error('must have user:password or :password before the @');
  const username = decode(text.slice(0, colon));
  const password = decode(text.slice(colon + 1));
  if (password === '') throw new Error('must have a password after the user');
  return username === '' ? { password } : { username, password };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('must have percent-encoded user, password and master');
  }
}
