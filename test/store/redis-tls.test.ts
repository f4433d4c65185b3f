/** TLS with own authorities, certificates of the client, and names; each wrong set-up is named with what to do. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RedisAccess } from '../../src/redis/access.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { makeAuthority } from '../support/certificates.ts';
import { freePort } from '../support/ports.ts';
import { startRedis } from '../support/redis.ts';
import type { RedisServer } from '../support/redis.ts';
import { startOneSentinel } from '../support/sentinel.ts';
import { until } from '../support/until.ts';
import { quiet } from './quiet.ts';
import { change, record } from './record.ts';

const authority = makeAuthority();
const stranger = makeAuthority();
let server: RedisServer;
let tlsPort: number;
let named: RedisServer;
let namedPort: number;
const opened: (() => unknown)[] = [];

/** Whose certificate is for `host`; a plain port is open too. */
async function startTls(
  host: string,
  args: string[] = [],
): Promise<{ server: RedisServer; tlsPort: number }> {
  const port = await freePort();
  const { key, cert } = authority.issueFiles(host);
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', authority.file];
  return {
    server: await startRedis({ args: ['--tls-port', String(port), ...files, ...args] }),
    tlsPort: port,
  };
}

beforeAll(async () => {
  ({ server, tlsPort } = await startTls('127.0.0.1', ['--tls-auth-clients', 'yes']));
  const other = await startTls('redis.test', ['--tls-auth-clients', 'no']);
  named = other.server;
  namedPort = other.tlsPort;
});
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});
afterAll(async () => {
  await Promise.all([server.stop(), named.stop()]);
  authority.remove();
  stranger.remove();
});

function open(url: string, access: RedisAccess = {}): OpenRedis {
  const redis = openRedis(url, { prefix: 'tls', access, log: quiet, replicaName: 'test' });
  opened.push(() => redis.close());
  return redis;
}

/** What is said of it, once that is `word`. */
async function said(word: RegExp, url: string, access: RedisAccess = {}): Promise<string> {
  const redis = open(url, access);
  const sentence = (): string => {
    const { found, fix } = redis.explain();
    return `Redis ${found}; ${fix}`;
  };
  try {
    await until(`it says ${word}`, () => word.test(sentence()), 10_000);
  } catch (cause) {
    throw new Error(`it says: ${sentence()} (${redis.trouble()})`, { cause });
  }
  expect(redis.ready()).toBe(false);
  return sentence();
}

const ca = authority.certificate;
function own(): { cert: string; key: string } {
  return authority.issue('bot');
}

describe('a connection by TLS works', () => {
  test('with an authority of its own and a certificate of the client', async () => {
    const redis = open(`rediss://127.0.0.1:${tlsPort}`, { tls: { ca, ...own() } });
    await until('it is up', () => redis.ready());
    expect(await redis.store.save(change(record('checkout'), 0))).toMatchObject({ ok: true });
  });

  test('with a name where an address is given', async () => {
    const redis = open(`rediss://127.0.0.1:${namedPort}`, { tls: { ca, servername: 'redis.test' } });
    await until('it is up', () => redis.ready());
    expect(await redis.store.ping()).toBeUndefined();
  });

  test('by sentinels that speak TLS, have a login of their own, and answer addresses', async () => {
    const port = await freePort();
    const { key, cert } = authority.issueFiles('redis.test');
    const sentinel = await startOneSentinel(namedPort, {
      lines: [
        `tls-port ${port}`,
        `tls-cert-file ${cert}`,
        `tls-key-file ${key}`,
        `tls-ca-cert-file ${authority.file}`,
        'tls-auth-clients no',
        'requirepass sentinels-own',
      ],
    });
    opened.push(() => sentinel.stop());
    const url = `rediss+sentinel://127.0.0.1:${port}/mymaster`;
    const tls = { ca, servername: 'redis.test' };
    const redis = open(url, { tls, sentinel: { password: 'sentinels-own' } });
    await until('it is up', () => redis.ready());
    expect(await said(/sentinels that need a password/, url, { tls })).toMatch(/set REDIS_SENTINEL_PASSWORD/);
    expect(await said(/sentinels that refuse/, url, { tls, sentinel: { password: 'another' } })).toMatch(
      /correct REDIS_SENTINEL_PASSWORD/,
    );
    expect(await said(/another host: redis\.test/, url, { tls: { ca } })).toMatch(
      /announce-hostnames.*REDIS_TLS_SERVER_NAME/,
    );
  });
});

describe('a connection that does not work names the reason with what to do', () => {
  test('an authority that is not known', async () => {
    expect(await said(/authority that is not known/, `rediss://127.0.0.1:${tlsPort}`)).toMatch(
      /set REDIS_TLS_CA_FILE .*NODE_EXTRA_CA_CERTS/,
    );
    const other = { tls: { ca: readFileSync(stranger.file, 'utf8') } };
    expect(await said(/not in REDIS_TLS_CA_FILE/, `rediss://127.0.0.1:${tlsPort}`, other)).toMatch(
      /put into REDIS_TLS_CA_FILE/,
    );
  });

  test('a certificate for another name', async () => {
    expect(
      await said(/for another host: redis\.test/, `rediss://127.0.0.1:${namedPort}`, { tls: { ca } }),
    ).toMatch(/name the host in REDIS_URL.*REDIS_TLS_SERVER_NAME/);
  });

  test('a certificate of the client that is missing or not known', async () => {
    const url = `rediss://127.0.0.1:${tlsPort}`;
    expect(await said(/needs a certificate from this client/, url, { tls: { ca } })).toMatch(
      /REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE/,
    );
    const foreign = { tls: { ca, ...stranger.issue('bot') } };
    expect(await said(/refuses this client's certificate/, url, foreign)).toMatch(/tls-ca-cert-file/);
  });

  test('TLS to a plain port, and the other way round', async () => {
    const { port } = server;
    expect(await said(/does not speak TLS/, `rediss://127.0.0.1:${port}`, { tls: { ca } })).toMatch(
      /redis:\/\//,
    );
    expect(await said(/speaks TLS on that port/, `redis://127.0.0.1:${tlsPort}`)).toMatch(/rediss:\/\//);
    expect(await said(/speaks TLS on that port/, `redis+cluster://127.0.0.1:${tlsPort}`)).toMatch(/rediss/);
    expect(
      await said(/does not speak TLS/, `rediss+sentinel://127.0.0.1:${port}/m`, { tls: { ca } }),
    ).toMatch(/redis:\/\//);
  });
});

describe('sentinels', () => {
  test('that do not know the master are named with those they know', async () => {
    const sentinel = await startOneSentinel(server.port, { name: 'releases' });
    opened.push(() => sentinel.stop());
    const url = (master: string): string => `redis+sentinel://127.0.0.1:${sentinel.port}/${master}`;
    expect(await said(/no master "mymaster", but "releases"/, url('mymaster'))).toMatch(
      /REDIS_URL: \/releases/,
    );
    const redis = open(url('releases'));
    await until('it is up', () => redis.ready());
  });

  test('that cannot be used, and a Cluster that cannot be used', async () => {
    expect(await said(/no sentinel/, `redis+sentinel://127.0.0.1:${server.port}/m`)).toMatch(
      /ports of the sent/,
    );
    expect(await said(/is not a Cluster/, `redis+cluster://127.0.0.1:${server.port}`)).toMatch(/redis:\/\//);
  });
});
