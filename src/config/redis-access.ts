import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { codeOf, explainCode } from '../net/explain.ts';
import type { RedisAccess } from '../redis/access.ts';
import { readRedisUrl } from '../redis/address.ts';
import type { Environment } from './environment.ts';
import type { SchemaError } from './config-errors.ts';

type Tls = NonNullable<RedisAccess['tls']>;

const tlsNames = [
  'REDIS_TLS_CA_FILE',
  'REDIS_TLS_CERT_FILE',
  'REDIS_TLS_KEY_FILE',
  'REDIS_TLS_SERVER_NAME',
] as const;

const whyUnread: Record<string, string> = { ENOENT: 'it does not exist', EISDIR: 'it is a folder' };

/** Reads the files and the login that belong to `REDIS_URL`. Reports errors to `found`, without content. */
export function readRedisAccess(
  environment: Environment,
  found: (finding: SchemaError) => void,
): RedisAccess {
  const {
    REDIS_URL = '',
    REDIS_SENTINEL_USERNAME: username,
    REDIS_SENTINEL_PASSWORD: password,
  } = environment;
  const wrong = (name: string, message: string): void => found({ path: [name], message });
  const { tls, kind } = readRedisUrl(REDIS_URL === '' ? 'redis://none' : REDIS_URL);
  for (const name of tlsNames) {
    if (environment[name] !== undefined && !tls)
      wrong(name, 'is set, but REDIS_URL does not begin with rediss: no TLS would be used');
  }
  if (password !== undefined && kind !== 'sentinel')
    wrong('REDIS_SENTINEL_PASSWORD', 'is set, but REDIS_URL names no sentinels (redis+sentinel://)');
  if (username !== undefined && password === undefined)
    wrong('REDIS_SENTINEL_USERNAME', 'needs REDIS_SENTINEL_PASSWORD, which is not set');
  const secured = readTls(environment, wrong);
  return {
    ...(Object.keys(secured).length > 0 && { tls: secured }),
    ...(password !== undefined && {
      sentinel: { password, ...(username !== undefined && { username }) },
    }),
  };
}

function readTls(environment: Environment, wrong: (name: string, message: string) => void): Tls {
  const read = (name: (typeof tlsNames)[number]): string | undefined => {
    const path = environment[name];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      const code = codeOf(error) ?? 'unknown';
      wrong(name, `cannot be read: ${whyUnread[code] ?? explainCode(code) ?? code}`);
      return undefined;
    }
  };
  const ca = read('REDIS_TLS_CA_FILE');
  const cert = read('REDIS_TLS_CERT_FILE');
  const key = read('REDIS_TLS_KEY_FILE');
  const { REDIS_TLS_SERVER_NAME: servername } = environment;
  if (ca !== undefined && certificateIn(ca) === undefined)
    wrong('REDIS_TLS_CA_FILE', 'contains no certificate in PEM format');
  for (const [has, lacks] of [
    ['REDIS_TLS_CERT_FILE', 'REDIS_TLS_KEY_FILE'],
    ['REDIS_TLS_KEY_FILE', 'REDIS_TLS_CERT_FILE'],
  ] as const)
    if (environment[has] !== undefined && environment[lacks] === undefined)
      wrong(has, `needs ${lacks}, which is not set`);
  const own = cert === undefined ? undefined : certificateIn(cert);
  if (cert !== undefined && own === undefined)
    wrong('REDIS_TLS_CERT_FILE', 'contains no certificate in PEM format');
  if (key !== undefined) checkKey(key, own, wrong);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
  };
}

function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function checkKey(
  pem: string,
  certificate: X509Certificate | undefined,
  wrong: (name: string, message: string) => void,
): void {
  if (/ENCRYPTED/.test(pem))
    return wrong('REDIS_TLS_KEY_FILE', 'contains a key with a passphrase; use one without');
  try {
    const key = createPrivateKey(pem);
    if (certificate !== undefined && !certificate.checkPrivateKey(key))
      wrong('REDIS_TLS_KEY_FILE', 'does not contain the key of the certificate in REDIS_TLS_CERT_FILE');
  } catch {
    wrong('REDIS_TLS_KEY_FILE', 'contains no private key in PEM format');
  }
}
