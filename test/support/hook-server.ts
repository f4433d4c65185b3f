import { createServer } from 'node:http';
import { freePort } from './ports.ts';
import { closeServer, listen } from './listen.ts';
import { textOf } from './router-server.ts';

/** One call that a hook, or a deploy webhook, got. */
export interface Call {
  method: string;
  path: string;
  key: string | undefined;
  body: Record<string, unknown>;
}

/** A server for hooks and deploys that a test can hold up and have fail. */
export interface HookServer {
  readonly url: string;
  readonly calls: Call[];
  /** Status of the next answers, by path; 200 where nothing is set. */
  readonly statuses: Map<string, number>;
  /** JSON answers by path; `{}` where nothing is set. */
  readonly answers: Map<string, unknown>;
  /** Calls of this path are not answered until `release`. */
  hold(path: string): void;
  release(): void;
  to(path: string): Call[];
  stop(): Promise<void>;
}

/** Starts a hook server in this process. */
export async function startHookServer(): Promise<HookServer> {
  const port = await freePort();
  const held = new Set<string>();
  let waiting: (() => void)[] = [];
  const calls: Call[] = [];
  const statuses = new Map<string, number>();
  const answers = new Map<string, unknown>();
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const path = request.url ?? '/';
      const key = request.headers['idempotency-key'];
      calls.push({
        method: request.method ?? '',
        path,
        key: typeof key === 'string' ? key : undefined,
        body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      });
      const answer = (): void => {
        response.statusCode = statuses.get(path) ?? 200;
        response.end(JSON.stringify(answers.get(path) ?? {}));
      };
      if (held.has(path)) waiting.push(answer);
      else answer();
    });
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    statuses,
    answers,
    hold: (path) => void held.add(path),
    release() {
      held.clear();
      for (const answer of waiting) answer();
      waiting = [];
    },
    to: (path) => calls.filter((call) => call.path === path),
    stop: () => closeServer(server),
  };
}
