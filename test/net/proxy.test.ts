/** Calls through a proxy that counts, to hosts that only it can reach. */
import { execFile } from 'node:child_process';
import { createServer as createPlain } from 'node:http';
import { createServer } from 'node:https';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { readProxies } from '../../src/config/proxies.ts';
import { makeLog } from '../../src/log.ts';
import type { CallAnswer } from '../../src/net/call.ts';
import { proxyFor, useProxies } from '../../src/net/proxy.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import { systemClock } from '../../src/release/clock.ts';
import { clientOptions, makeClient } from '../../src/slack/client.ts';
import { socketReceiver } from '../../src/slack/receivers.ts';
import { built } from '../support/built.ts';
import { type Authority, makeAuthority } from '../support/certificates.ts';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts';
import { closeServer, listen } from '../support/listen.ts';

const run = promisify(execFile);
let authority: Authority;
let proxy: ConnectProxy;
const secure = { server: undefined as ReturnType<typeof createServer> | undefined, port: 0 };
const plain = { server: createPlain((_request, response) => response.end('"plain"')), port: 0 };

beforeAll(async () => {
  authority = makeAuthority();
  secure.server = createServer(authority.issue('shop.internal'), (_request, response) => {
    response.end('"secure"');
  });
  [secure.port, plain.port, proxy] = await Promise.all([
    listen(secure.server),
    listen(plain.server),
    startConnectProxy(),
  ]);
});
beforeEach(() => {
  proxy.asked.length = 0;
  proxy.wants = undefined;
});
afterAll(async () => {
  if (secure.server) await closeServer(secure.server);
  await closeServer(plain.server);
  await proxy.close();
  authority.remove();
});

/** Calls from a process with this environment. */
async function ask(url: string, more: Record<string, string>): Promise<CallAnswer> {
  const env = {
    PATH: process.env['PATH'],
    NODE_EXTRA_CA_CERTS: authority.file,
    CALL: JSON.stringify({ method: 'GET', deadlineMs: 20_000, url }),
    ...more,
  };
  const { program } = await built();
  const { stdout } = await run(process.execPath, [program('call-once')], { env });
  return JSON.parse(stdout) as CallAnswer;
}

test('an https call goes through the proxy, and its certificate is that of the host', async () => {
  const url = `https://shop.internal:${secure.port}/`;
  const env = { HTTPS_PROXY: proxy.url };
  expect(await ask(url, env)).toMatchObject({ answered: true, status: 200, body: '"secure"' });
  expect(proxy.asked).toEqual([`shop.internal:${secure.port}`]);
  expect(await ask(`https://other.internal:${secure.port}/`, env)).toMatchObject({
    answered: false,
    reason: 'its certificate is for another host',
  });
});

test('an http call goes through the proxy for http, with credentials that nobody sees', async () => {
  const url = `http://shop.internal:${plain.port}/`;
  proxy.wants = 'ann:50%';
  const bare = proxy.url.replace('//', '//ann:50%@');
  expect(await ask(url, { http_proxy: bare })).toMatchObject({ answered: true, body: '"plain"' });
  proxy.wants = 'ann:s3cret@';
  const known = proxy.url.replace('//', '//ann:s3cret%40@');
  expect(await ask(url, { http_proxy: known })).toMatchObject({ answered: true, body: '"plain"' });
  const refused = await ask(url, { http_proxy: proxy.url.replace('//', '//ann:wr0ng@') });
  expect(refused).toMatchObject({ answered: false, sent: false });
  expect(JSON.stringify(refused)).toContain('answered 407');
  expect(JSON.stringify(refused)).not.toContain('wr0ng');
  expect(proxy.asked).toHaveLength(3);
});

test('loopback is always reached directly, and so is what NO_PROXY names', async () => {
  const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
  expect(await ask(`http://127.0.0.1:${plain.port}/`, env)).toMatchObject({ body: '"plain"' });
  const named = await ask(`http://shop.internal:${plain.port}/`, { ...env, NO_PROXY: 'internal' });
  expect(named).toMatchObject({ answered: false });
  expect(proxy.asked).toEqual([]);
});

test('Slack’s Web API and its WebSocket go through the proxy', async () => {
  const slack = await openWorkspace();
  onTestFinished(() => slack.close());
  proxy.wants = 'ann:50%';
  useProxies({ http: new URL(proxy.url.replace('//', '//ann:50%@')), none: [] });
  onTestFinished(() => useProxies({ none: [] }));
  const env = slack.env('socket');
  const apiUrl = (env['SLACK_API_URL'] ?? '').replace(/127\.0\.0\.1|localhost/, 'slack.internal');
  const log = makeLog({ level: 'silent' });
  const parts = { apiUrl, log, observe: { slackCall: () => {} } };
  const client = makeClient({ ...parts, token: env['SLACK_BOT_TOKEN'] ?? '' });
  expect((await client.auth.test()).ok).toBe(true);
  const { hostname, port } = new URL(apiUrl);
  expect(proxy.asked).toEqual([`${hostname}:${port}`]);
  const options = clientOptions(parts, { accepted: true });
  const { socket } = socketReceiver(env['SLACK_APP_TOKEN'] ?? '', options, systemClock, log);
  await socket.client.start();
  expect(slack.sockets.count()).toBe(1);
  expect(proxy.asked.at(-1)).toMatch(/^(?:127\.0\.0\.1|localhost):\d+$/);
  await socket.client.disconnect();
});

const of = (NO_PROXY: string) =>
  readProxies({ HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://p:2', NO_PROXY });

test.each([
  ['', 'https://slack.com/api/', '1'],
  ['', 'wss://wss-primary.slack.com/', '1'],
  ['', 'http://10.0.0.11:8080/', '2'],
  ['', 'http://[::1]:8080/', undefined],
  ['', 'http://localhost/', undefined],
  ['', 'http://127.8.9.1/', undefined],
  ['*', 'https://slack.com/', undefined],
  ['a, slack.com', 'https://hooks.slack.com/', undefined],
  ['.slack.com', 'https://slack.com/', undefined],
  ['*.slack.com', 'https://hooks.slack.com/', undefined],
  ['SLACK.com.', 'https://slack.com./', undefined],
  ['lack.com', 'https://slack.com/', '1'],
  ['slack.com:8443', 'https://slack.com/', '1'],
  ['slack.com:443', 'https://slack.com/', undefined],
  ['10.0.0.0/8', 'http://10.1.2.3:8080/', undefined],
  ['10.0.0.0/8', 'http://11.1.2.3:8080/', '2'],
  ['10.0.0.0/99, fd00::/8', 'http://[fd00::1]/', undefined],
  ['fd00::1', 'http://[fd00::1]:81/', undefined],
  ['1.1', 'http://10.0.1.1/', '2'],
])('a call with NO_PROXY=%j to %s goes through the proxy at port %s', (none, url, port) => {
  expect(proxyFor(new URL(url), of(none).proxies)?.port).toBe(port);
});

test.each(['socks5://proxy:1080', 'http://', 'proxy:port', 'http://proxy:3128/path', 'ftp://user:hunter2@x'])(
  'a proxy %s is a mistake of the environment, and not printed',
  (given) => {
    const { findings } = readProxies({ HTTPS_PROXY: 'http://good:1', https_proxy: given });
    expect(findings.map(({ path }) => path)).toEqual([['https_proxy']]);
    expect(findings[0]?.message).not.toContain('hunter2');
  },
);

test('quotes around a variable of proxies are named', () => {
  const { findings } = readProxies({ HTTPS_PROXY: '"http://p:1"', NO_PROXY: "'a,b'" });
  const message = 'has quotes around it: take them out (docker --env-file keeps them)';
  expect(findings).toEqual([
    { path: ['HTTPS_PROXY'], message },
    { path: ['NO_PROXY'], message },
  ]);
});

test('a proxy may be given without a scheme, and small letters go first', () => {
  const { proxies } = readProxies({ HTTP_PROXY: 'http://one:1', http_proxy: 'two:2', https_proxy: '' });
  expect(proxies).toEqual({ http: new URL('http://two:2'), none: [] });
});
