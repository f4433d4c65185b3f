import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CallAnswer, Call } from '../../src/net/call.ts';
import { keepConnections } from '../../src/net/kept.ts';
import { closeServer, listen } from '../support/listen.ts';

const never = new AbortController().signal;
let respond: RequestListener;
let connections = 0;
let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  respond(request, response);
});
server.on('connection', () => void (connections += 1));
let url = '';
let ask: (more?: Partial<Call>) => Promise<CallAnswer>;

beforeAll(async () => {
  url = `http://127.0.0.1:${await listen(server)}/`;
});
beforeEach(() => {
  const kept = keepConnections();
  ask = (more = {}) => kept({ method: 'GET', url, deadlineMs: 5_000, signal: never, ...more });
  connections = 0;
  requests = 0;
  respond = (_request, response) => void response.end('{"color":"blue"}');
});
afterAll(() => closeServer(server));
const good = { answered: true, status: 200, body: '{"color":"blue"}' };

describe('questions over connections that stay open', () => {
  test('share few, one after another and many together', async () => {
    for (let i = 0; i < 20; i += 1) expect(await ask()).toMatchObject(good);
    // A connection may not be free yet at the moment when its answer was read.
    expect(connections).toBeLessThanOrEqual(2);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    for (const answer of answers) expect(answer).toMatchObject(good);
    expect(connections).toBeLessThanOrEqual(4);
  });

  test('are asked once more where the other side closes the connection instead of an answer', async () => {
    await ask();
    let first = true;
    respond = ({ socket }, response) => {
      if (first) socket.destroy();
      else response.end('{"color":"blue"}');
      first = false;
    };
    expect(await ask()).toMatchObject(good);
    expect(requests).toBe(3);
  });

  test('say what is wrong where the second try fails too', async () => {
    respond = ({ socket }) => socket.destroy();
    expect(await ask()).toEqual({
      answered: false,
      sent: true,
      reason: 'connection closed before an answer',
    });
    expect(requests).toBe(2);
  });

  test('leave a connection on which no answer came in time, and are not asked again then', async () => {
    await ask();
    respond = () => {};
    expect(await ask({ deadlineMs: 200 })).toMatchObject({
      answered: false,
      reason: 'no answer within 200 ms',
    });
    expect(requests).toBe(2);
    respond = (_request, response) => void response.end('{"color":"blue"}');
    const before = connections;
    expect(await ask()).toMatchObject(good);
    expect(connections).toBeGreaterThan(before);
  });

  test.each([
    ['packed in a way that was not asked for', { 'content-encoding': 'zstd' }],
    ['without end', {}],
  ])('do not wait behind an answer %s', async (_what, headers) => {
    respond = (_request, response) => {
      response.writeHead(200, headers);
      response.write(Buffer.alloc(200_000, 'x'));
    };
    const bad = await Promise.all(Array.from({ length: 8 }, () => ask()));
    for (const answer of bad) expect(answer.answered).toBe(false);
    respond = (_request, response) => void response.end('{"color":"blue"}');
    expect(await ask({ deadlineMs: 2_000 })).toMatchObject(good);
  });

  test('are not asked for who does not want to know any more', async () => {
    const gone = new AbortController();
    respond = () => gone.abort();
    expect(await ask({ signal: gone.signal })).toMatchObject({ answered: false, reason: 'stopped' });
    expect(requests).toBe(1);
  });
});
