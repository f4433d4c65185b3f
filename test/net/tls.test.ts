import { execFile } from 'node:child_process';
import { createServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CallAnswer } from '../../src/net/call.ts';
import { built } from '../support/built.ts';
import { type Authority, makeAuthority } from '../support/certificates.ts';
import { closeServer, listen } from '../support/listen.ts';

const run = promisify(execFile);
let authority: Authority;
let server: ReturnType<typeof createServer>;
let port = 0;
/** What the last caller named: in TLS, and in the header. */
let named: { tls: string | undefined; header: string | undefined };

beforeAll(async () => {
  authority = makeAuthority();
  const shop = createSecureContext(authority.issue('shop.internal'));
  server = createServer(
    {
      ...authority.issue('localhost'),
      SNICallback(name, done) {
        named.tls = name;
        done(null, name === 'shop.internal' ? shop : undefined);
      },
    },
    (request, response) => {
      named.header = request.headers.host;
      response.end('{"version":"1"}');
    },
  );
  port = await listen(server);
});
beforeEach(() => {
  named = { tls: undefined, header: undefined };
});
afterAll(async () => {
  await closeServer(server);
  authority.remove();
});

/** Calls from a process that takes `authorities` for good. */
async function ask(it: object, authorities = authority.file): Promise<CallAnswer> {
  const env = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: authorities,
    CALL: JSON.stringify({ method: 'GET', deadlineMs: 20_000, ...it }),
  };
  const { program } = await built();
  const { stdout } = await run(process.execPath, [program('call-once')], { env });
  return JSON.parse(stdout) as CallAnswer;
}

describe('a call by TLS', () => {
  test('takes the certificate of an authority that NODE_EXTRA_CA_CERTS names, and no other', async () => {
    const url = `https://localhost:${port}/`;
    expect(await ask({ url })).toMatchObject({ answered: true, body: '{"version":"1"}' });
    expect(named).toEqual({ tls: 'localhost', header: `localhost:${port}` });
    expect(await ask({ url }, '')).toEqual({
      answered: false,
      sent: false,
      reason: 'its certificate is signed by an unknown authority; NODE_EXTRA_CA_CERTS can name it',
    });
  });

  test('asks for the host of the header, and holds the certificate against it', async () => {
    const url = `https://127.0.0.1:${port}/`;
    const host = (name: string) => ask({ url, headers: { host: name } });
    expect(await host('shop.internal')).toMatchObject({ answered: true, status: 200 });
    expect(named).toEqual({ tls: 'shop.internal', header: 'shop.internal' });
    expect(await host('shop.internal:8443')).toMatchObject({ answered: true, status: 200 });
    expect(named).toEqual({ tls: 'shop.internal', header: 'shop.internal:8443' });
    const reason = 'its certificate is for another host';
    expect(await host('other.internal')).toMatchObject({ answered: false, reason });
    expect(await ask({ url })).toMatchObject({ answered: false, reason });
  });

  test('to one address of a host asks by the host’s name', async () => {
    const url = `https://shop.internal:${port}/`;
    expect(await ask({ url, address: '127.0.0.1' })).toMatchObject({ answered: true, status: 200 });
    expect(named).toEqual({ tls: 'shop.internal', header: `shop.internal:${port}` });
  });
});
