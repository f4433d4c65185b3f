import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { Server as NetServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Call, CallAnswer } from '../../src/net/call.ts';
import { keepBriefly } from '../../src/net/kept-briefly.ts';
import { closeServer, listen } from '../support/listen.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const fine: RequestListener = (_request, response) => void response.end('fine');
const breaks: RequestListener = ({ socket }) => void socket.destroy();
const forMs = 2_000;
let respond: RequestListener;
let connections = 0;
let requests = 0;
let server: ReturnType<typeof createServer>;
let port = 0;
let ask: (more?: Partial<Call>) => Promise<CallAnswer>;

async function start(at?: number): Promise<void> {
  server = createServer((request, response) => {
    requests += 1;
    respond(request, response);
  });
  server.on('connection', () => void (connections += 1));
  port = await listen(server, at);
}

/** A `call` to the server, over connections that are kept so long, ms. */
function keptFor(ms: number, everyMs: number): typeof ask {
  const kept = keepBriefly({ forMs: ms, everyMs });
  const url = `http://127.0.0.1:${port}/`;
  return (more = {}) => kept({ method: 'GET', url, deadlineMs: 5_000, signal: never, ...more });
}

beforeEach(async () => {
  respond = fine;
  await start();
  ask = keptFor(forMs, 10);
  connections = 0;
  requests = 0;
});
afterEach(() => closeServer(server));
const good = { answered: true, status: 200 };

/** Leaves a connection that is kept. */
async function keepOne(): Promise<void> {
  expect(await ask()).toMatchObject(good);
  const before = connections;
  expect(await ask()).toMatchObject(good);
  expect(connections).toBe(before);
}

/** The next connection breaks, and then no other. */
function breakOne(): void {
  requests = 0;
  respond = (...given) => {
    respond = fine;
    breaks(...given);
  };
}

test('Questions one after another share a connection', async () => {
  for (let i = 0; i < 5; i += 1) expect(await ask()).toMatchObject(good);
  expect(connections).toBe(1);
});

test('An answer that nobody reads keeps its connection', async () => {
  await until('a connection is used again', async () => {
    const before = connections;
    expect(await ask({ body: 'ignore' })).toMatchObject(good);
    return connections > 0 && connections === before;
  });
});

test('A connection is not used longer than it may be', async () => {
  ask = keptFor(200, 10);
  const used = new Map<unknown, { from: number; to: number }>();
  respond = ({ socket }, response) => {
    const now = performance.now();
    used.set(socket, { from: used.get(socket)?.from ?? now, to: now });
    response.end('fine');
  };
  await until('three connections are used again', async () => {
    await ask();
    return [...used.values()].filter(({ from, to }) => to > from).length >= 3;
  });
  // The last question is sent before that time is over.
  for (const { from, to } of used.values()) expect(to - from).toBeLessThan(1_000);
});

test('A question has a connection of its own where the next one comes too late for a kept one', async () => {
  ask = keptFor(200, 150);
  for (let i = 0; i < 5; i += 1) expect(await ask()).toMatchObject(good);
  expect(connections).toBe(5);
});

test('A question does not wait for the one before', async () => {
  await keepOne();
  let release = (): void => {};
  respond = (_request, response) => {
    release = () => void response.end('late');
    respond = fine;
  };
  const first = ask();
  await until('the first question has come', () => respond === fine);
  expect(await ask()).toMatchObject(good);
  release();
  expect(await first).toMatchObject(good);
});

test('A question that finds its kept connection broken is asked once more', async () => {
  await keepOne();
  breakOne();
  expect(await ask()).toMatchObject(good);
  expect(requests).toBe(2);
});

test('After a kept connection broke, the next break is a failure', async () => {
  await keepOne();
  breakOne();
  await ask();
  connections = 0;
  for (let i = 0; i < 5; i += 1) expect(await ask()).toMatchObject(good);
  expect(connections).toBe(5);
  breakOne();
  expect(await ask()).toMatchObject({ answered: false });
  expect(requests).toBe(1);
});

test('A server that breaks each connection fails', async () => {
  respond = breaks;
  for (let i = 0; i < 3; i += 1) expect(await ask()).toMatchObject({ answered: false });
  expect(requests).toBe(3);
});

test('A new process at the same port is asked where the old one has ended', async () => {
  await keepOne();
  await closeServer(server);
  await start(port);
  expect(await ask()).toMatchObject(good);
});

test('A process that has ended fails at once', async () => {
  await keepOne();
  await closeServer(server);
  expect(await ask()).toMatchObject({ answered: false });
  await start(port);
});

test('An old process hides only as long as a connection is kept that no new one can be opened', async () => {
  ask = keptFor(300, 10);
  await keepOne();
  const closed = new Promise((done) => NetServer.prototype.close.call(server, done));
  expect(await ask()).toMatchObject(good);
  await until('a question fails', async () => !(await ask()).answered);
  server.closeAllConnections();
  await closed;
  await start(port);
});

test.each([
  ['without end', {}],
  ['longer than is read', { 'content-length': '200000' }],
])('An answer %s counts, and keeps no connection', async (_what, headers) => {
  respond = (_request, response) => {
    response.writeHead(200, headers);
    response.write('x');
  };
  for (let i = 0; i < 5; i += 1) expect(await ask({ body: 'ignore' })).toMatchObject(good);
  respond = fine;
  expect(await ask()).toMatchObject(good);
});

test('A question without an answer in time fails once, and the next one is not asked behind it', async () => {
  await keepOne();
  respond = () => {};
  requests = 0;
  expect(await ask({ deadlineMs: 100 })).toMatchObject({
    answered: false,
    reason: 'no answer within 100 ms',
  });
  expect(requests).toBe(1);
  respond = fine;
  expect(await ask()).toMatchObject(good);
});
