/** Strangers who hold connections, on a server of its own. */
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeMetrics } from '../../src/http/metrics.ts';
import { makeServer } from '../../src/http/server.ts';
import type { HttpParts } from '../../src/http/server.ts';
import { until } from '../support/until.ts';

async function open(more: Pick<HttpParts, 'bounds'> & Partial<Pick<HttpParts, 'slack'>>) {
  const server = makeServer({
    slack: undefined,
    readiness: { ping: async () => {}, adopted: () => true, slack: () => ({ accepted: true }) },
    metrics: makeMetrics(async () => 0),
    metricsToken: undefined,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    ...more,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const dial = (text: string): { socket: Socket; heard: () => string } => {
    let heard = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (piece) => (heard += piece.toString()));
    socket.on('error', () => {});
    socket.write(text);
    onTestFinished(() => void socket.destroy());
    return { socket, heard: () => heard };
  };
  const count = () => new Promise<number>((resolve) => void server.getConnections((_, n) => resolve(n)));
  return { server, dial, count, origin: `http://127.0.0.1:${port}` };
}

const get = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n';

test('strangers who hold connections and bodies back keep nobody out', async () => {
  const { dial, count, origin } = await open({ bounds: { connections: 40 } });
  for (let i = 0; i < 40; i += 1) {
    dial('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n');
    dial('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nx');
    dial(get);
    dial('');
  }
  for (let i = 0; i < 20; i += 1) expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  await until('no more are open', async () => (await count()) <= 40);
});

test('a connection whose request is being answered is not closed for others', async () => {
  const answers: (() => void)[] = [];
  const { dial } = await open({
    bounds: { connections: 5 },
    slack: async (_request, response) => {
      await new Promise<void>((resolve) => answers.push(resolve));
      response.end('done');
    },
  });
  const answered = dial('POST /slack/events HTTP/1.1\r\nhost: x\r\n\r\n');
  await until('it is being answered', () => answers.length === 1);
  const others = Array.from({ length: 20 }, () => dial(''));
  await until('others are closed', () => others.filter(({ socket }) => socket.destroyed).length >= 15);
  answers[0]?.();
  await until('it is answered', () => answered.heard() !== '');
  expect(answered.heard()).toContain('done');
});

test('many requests at once on one connection close it, and a few are answered in turn', async () => {
  const { server, dial, origin } = await open({
    slack: async (_request, response) => {
      await new Promise((resolve) => setImmediate(resolve));
      response.end('done');
    },
  });
  const post = 'POST /slack/events HTTP/1.1\r\nhost: x\r\n\r\n';
  const few = dial(post.repeat(10));
  await until('all are answered', () => few.heard().split('done').length === 11);
  few.socket.write(post.repeat(10));
  await until('more are answered later', () => few.heard().split('done').length === 21);
  let seen = 0;
  server.on('request', () => (seen += 1));
  const many = dial(post.repeat(1_000));
  await until('the connection is closed', () => many.socket.destroyed);
  expect(seen).toBe(17);
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
});

test('an idle connection outlives the time for headers, and says how long it stays', async () => {
  const { dial } = await open({
    bounds: { headersTimeout: 200, requestTimeout: 300, connectionsCheckingInterval: 20 },
  });
  const idle = dial(get);
  await until('it is answered', () => idle.heard().includes('ok\n'));
  expect(idle.heard()).toMatch(/keep-alive: timeout=80\r\n/i);
  // One that sends nothing is closed after the time for headers: by then the first was idle for longer than that.
  const silent = dial('');
  await until('the other is closed', () => silent.socket.destroyed || silent.socket.readableEnded);
  idle.socket.write(get);
  await until('it is answered again', () => idle.heard().split('ok\n').length === 3);
});
