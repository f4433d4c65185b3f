import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Asked, Done, PageMessage, Told } from '../../packages/playground/src/page/api.ts';
import { findStatic } from '../../packages/playground/src/page/statics.ts';
import { readJson, sendJson } from '../../packages/playground/src/listening.ts';

/** The page with a server that tells it what the test wants, and keeps what it asks. */
export interface ToldPage {
  readonly url: string;
  /** What the page asked, oldest first. */
  readonly asked: { name: string; body: unknown }[];
  /** How a question is answered; at first with ok. */
  answer: (name: keyof Asked, body: unknown) => Done | Promise<Done>;
  /** Tells every open page, and those that open later. Of `traffic` and `switched` only the open ones. */
  tell<Key extends keyof Told>(key: Key, value: Told[Key]): void;
  /** Forgets what was told and asked. */
  reset(): void;
  close(): Promise<void>;
}

export const workspace: Told['workspace'] = {
  bot: { id: 'U0BOT', name: 'switchback' },
  people: [
    { id: 'U0ANN', name: 'ann', roles: ['operator'] },
    { id: 'U0ZOE', name: 'zoe', roles: [] },
  ],
  names: {
    users: { U0BOT: 'switchback', U0ANN: 'ann', U0ZOE: 'zoe' },
    groups: { S0LEADS: 'leads' },
    channels: { C0: 'releases', D0: '@ann' },
  },
  channel: 'C0',
  service: 'demo',
  commands: [],
};

/** Messages of the bot in the channel, one after another, each changed by what is given. */
export function messagesOf(given: readonly Partial<PageMessage>[]): PageMessage[] {
  return given.map((one, at) => ({
    channel: 'C0',
    ts: `${1_795_000_000 + at}.000100`,
    user: 'U0BOT',
    text: '',
    blocks: [],
    edits: 0,
    broadcast: false,
    ...one,
  }));
}

export async function startToldPage(): Promise<ToldPage> {
  const told = new Map<keyof Told, unknown>();
  const open = new Set<ServerResponse>();
  const write = (response: ServerResponse, key: string, value: unknown) =>
    response.write(`event: ${key}\ndata: ${JSON.stringify(value)}\n\n`);
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? '/', 'http://page');
      if (pathname === '/events') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const [key, value] of told) write(response, key, value);
        open.add(response);
        response.once('close', () => open.delete(response));
      } else if (pathname.startsWith('/api/')) {
        const name = pathname.slice('/api/'.length) as keyof Asked;
        const body = await readJson(request);
        page.asked.push({ name, body });
        sendJson(response, 200, await page.answer(name, body));
      } else {
        const file = await findStatic(pathname);
        response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' });
        response.end(file?.body);
      }
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ok = (): Done => ({ ok: true });
  const page: ToldPage = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    answer: ok,
    tell(key, value) {
      if (key !== 'traffic' && key !== 'switched') told.set(key, value);
      for (const response of open) write(response, key, value);
    },
    reset() {
      told.clear();
      page.asked.length = 0;
      page.answer = ok;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return page;
}
