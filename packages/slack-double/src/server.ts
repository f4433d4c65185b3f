import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { answerApi, readArgs } from './api.ts';
import { readBody } from './body.ts';
import type { Desk } from './state.ts';
import { record } from './state.ts';
import { answerHook } from './response-urls.ts';

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    'content-type': body.startsWith('{') ? 'application/json; charset=utf-8' : 'text/plain',
    ...headers,
  });
  response.end(body);
}

function pause(ms: number, request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      request.socket.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    request.socket.once('close', done);
  });
}

async function answer(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const body = await readBody(request);
  if (body === undefined) return send(response, 413, { connection: 'close' }, 'request_too_large');
  const method = path.startsWith('/api/') ? path.slice('/api/'.length) : 'response_url';
  const args = readArgs(request.headers['content-type'] ?? '', body);
  const fate = desk.levers.fate(method);
  if (fate.delayMs > 0) await pause(fate.delayMs, request);
  const failed = (word: string) =>
    record(desk, { method, args, answer: { ok: false, error: word }, at: desk.now() });
  if (fate.failure === 'reset') {
    failed('(reset)');
    request.socket.destroy();
    return;
  }
  if (fate.failure === 'http-503' || fate.failure === 'internal_error') {
    failed(fate.failure);
    const down = fate.failure === 'http-503';
    return send(
      response,
      down ? 503 : 200,
      {},
      down ? 'service unavailable' : '{"ok":false,"error":"internal_error"}',
    );
  }
  if (fate.instead) {
    failed('(another answer)');
    const { status = 200, headers = {}, body: said } = fate.instead;
    return send(response, status, { 'content-type': 'text/html', ...headers }, said);
  }
  const answered =
    method === 'response_url'
      ? { headers: {}, ...answerHook(desk, path, args) }
      : call(desk, method, request, args, fate.retryAfterMs);
  if (fate.lateMs > 0) await pause(fate.lateMs, request);
  if (fate.failure === 'no-answer') return;
  if (fate.failure === 'lost-answer') request.socket.destroy();
  else send(response, answered.status, answered.headers, answered.body);
}

function call(
  desk: Desk,
  method: string,
  request: IncomingMessage,
  args: ReturnType<typeof readArgs>,
  limitedMs?: number,
) {
  const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
  const token = bearer ?? (typeof args['token'] === 'string' ? args['token'] : '');
  const { status, headers, body } = answerApi(desk, method, token, args, limitedMs);
  return { status, headers, body: JSON.stringify(body) };
}

/** Makes the workspace's HTTP server: `/api/<method>` and the `response_url`s. Not listening yet. */
export function makeServer(desk: Desk): Server {
  const server = createServer((request, response) => {
    answer(desk, request, response).catch(() => request.socket.destroy());
  });
  server.requestTimeout = 30_000;
  return server;
}

const LAST_WORDS_MS = 300;

/** Stops listening, waits `LAST_WORDS_MS` for calls under way, and closes all connections. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), 10);
    const last = setTimeout(() => server.closeAllConnections(), LAST_WORDS_MS);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(last);
      resolve();
    });
  });
}
