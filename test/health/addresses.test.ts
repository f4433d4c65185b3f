import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { healthOptions, makeHealth } from '../../src/health/index.ts';
import type { Resolve } from '../../src/net/addresses.ts';
import { useProxies } from '../../src/net/proxy.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { closeServer } from '../support/listen.ts';
import { freePort } from '../support/ports.ts';

const never = new AbortController().signal;
/** Machines of the color, by address: the version that each runs; none: it is down. */
const machines = new Map<string, string>();
const servers: Server[] = [];
const asked: string[] = [];
let port = 0;

/** Every address of the loopback is this machine, so one port is enough for many of them. */
async function open(address: string): Promise<void> {
  const server = createServer((request, response) => {
    asked.push(`${address} ${request.headers.host}`);
    response.end(JSON.stringify({ version: machines.get(address) }));
  });
  server.on('connection', (socket) => {
    if (!machines.has(address)) socket.resetAndDestroy();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
}

beforeAll(async () => {
  port = await freePort();
  for (const last of [1, 2, 3]) await open(`127.0.0.${last}`);
});
beforeEach(() => {
  for (const last of [1, 2, 3]) machines.set(`127.0.0.${last}`, 'v2');
});
afterEach(() => {
  asked.length = 0;
  machines.clear();
});
afterAll(() => Promise.all(servers.map(closeServer)));

const names =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const three = names('127.0.0.1', '127.0.0.2', '127.0.0.3');

function make(resolve: Resolve, more: object = {}) {
  const url = `http://shop.internal:${port}`;
  const options = { kind: 'http', path: '/healthz', versionPath: 'version', ...more };
  return makeHealth(healthOptions.parse(options), { blue: { url }, green: { url } }, resolve);
}
const ask = (resolve: Resolve, more: object = {}, expected: string | undefined = 'v2') =>
  make(resolve, more).ask('green', expected, never);

const askTcp = (resolve: Resolve, at = port) => {
  const url = 'http://shop.internal';
  const options = healthOptions.parse({ kind: 'tcp', port: at });
  return makeHealth(options, { blue: { url }, green: { url } }, resolve).ask('green', 'v2', never);
};

describe('a check of a color whose name has several addresses', () => {
  test('asks each of them, by the name', async () => {
    expect(await ask(three)).toEqual({ healthy: true, version: 'v2' });
    expect(asked.sort()).toEqual([1, 2, 3].map((last) => `127.0.0.${last} shop.internal:${port}`));
  });

  test('is bad while one of them runs another version', async () => {
    machines.set('127.0.0.3', 'v1');
    expect(await ask(three)).toEqual({
      healthy: false,
      code: 'version-mismatch',
      reason: 'GET /healthz: 2 of 3 addresses run v2; 127.0.0.3: reports version v1, wanted v2',
    });
  });

  test('says nothing of addresses when all of them answer alike', async () => {
    for (const address of machines.keys()) machines.set(address, 'v1');
    expect(await ask(three)).toEqual({
      healthy: false,
      code: 'version-mismatch',
      version: 'v1',
      reason: 'GET /healthz reports version v1, wanted v2',
    });
  });

  test('is bad while one of them does not answer', async () => {
    machines.delete('127.0.0.2');
    expect(await ask(three)).toEqual({
      healthy: false,
      code: 'unhealthy',
      reason: 'GET /healthz: 2 of 3 addresses run v2; 127.0.0.2: connection reset before an answer',
    });
    expect(await ask(three, { versionPath: undefined })).toMatchObject({
      reason: 'GET /healthz: 2 of 3 addresses are good; 127.0.0.2: connection reset before an answer',
    });
  });

  test('is bad when nobody wants a version and they report several', async () => {
    machines.set('127.0.0.1', 'v1');
    const verdict = await make(three).ask('green', undefined, never);
    expect(verdict).toEqual({
      healthy: false,
      code: 'unhealthy',
      reason:
        'GET /healthz: its 3 addresses report several versions: v1 at 127.0.0.1, v2 at 127.0.0.2, 127.0.0.3',
    });
  });

  test('connects by tcp to each of them', async () => {
    expect(await askTcp(three)).toEqual({ healthy: true });
    machines.delete('127.0.0.3');
    expect(await askTcp(three)).toEqual({
      healthy: false,
      code: 'unhealthy',
      reason: `tcp :${port}: 2 of 3 addresses are good; 127.0.0.3: the connection was closed at once`,
    });
  });

  test('looks the name up each time', async () => {
    let resolve = names('127.0.0.1', '127.0.0.2');
    const check = make((host) => resolve(host));
    await check.ask('green', 'v2', never);
    expect(asked).toHaveLength(2);
    resolve = three;
    await check.ask('green', 'v2', never);
    expect(asked).toHaveLength(5);
  });

  test('asks sixteen of very many at a time', async () => {
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections += 1;
      socket.end('hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const { port: wide } = server.address() as AddressInfo;
    const many = Array.from({ length: 40 }, (_each, i) => `127.0.1.${i + 1}`);
    expect(await askTcp(names(...many), wide)).toEqual({ healthy: true });
    expect(connections).toBe(16);
    await new Promise((resolve) => server.close(resolve));
  });

  describe('or is not to be had', () => {
    const url = () => `http://localhost:${port}`;
    const local = (resolve: Resolve) =>
      makeHealth(
        healthOptions.parse({ kind: 'http', path: '/healthz', versionPath: 'version' }),
        { blue: { url: url() }, green: { url: url() } },
        resolve,
      ).ask('green', 'v2', never);

    test('takes one address of each family for two ways to one machine', async () => {
      expect(await local(names('::1', '127.0.0.1'))).toEqual({ healthy: true, version: 'v2' });
      expect(asked).toEqual([`127.0.0.1 localhost:${port}`]);
    });

    test('asks by the name when it cannot be looked up', async () => {
      const unknown = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
      expect(await local(unknown)).toEqual({ healthy: true, version: 'v2' });
      expect(asked).toEqual([`127.0.0.1 localhost:${port}`]);
    });

    test('looks no name up that a proxy looks up', async () => {
      const proxy = await startConnectProxy();
      useProxies({ http: new URL(proxy.url), none: [] });
      onTestFinished(() => {
        useProxies({ none: [] });
        return proxy.close();
      });
      expect(await ask(() => Promise.reject(new Error('looked up')))).toEqual({
        healthy: true,
        version: 'v2',
      });
      expect(await ask(three)).toEqual({ healthy: true, version: 'v2' });
      expect(proxy.asked).toMatchObject([`shop.internal:${port}`, `shop.internal:${port}`]);
    });

    test('waits for the names no longer than for an answer', async () => {
      const silent = () => new Promise<never>(() => {});
      expect(await ask(silent, { timeout: '50ms' })).toMatchObject({
        reason: 'GET /healthz: no answer within 50 ms',
      });
      const verdict = await make(silent).ask('green', 'v2', AbortSignal.abort());
      expect(verdict).toMatchObject({ healthy: false, reason: 'GET /healthz: stopped' });
    });
  });
});
