import { request } from 'node:http';
import type { Asked, Done, Told } from '../../packages/playground/src/page/api.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { built } from '../support/built.ts';
import { startProcess } from '../support/processes.ts';
import type { Running } from '../support/processes.ts';
import { longMs, until } from '../support/until.ts';

/** A page's own side of the contract, without a browser. */
export interface PageClient {
  readonly url: string;
  /** The newest of each that was told. */
  readonly told: Partial<Told>;
  readonly switches: Told['switched'][];
  readonly traffic: Told['traffic'][];
  ask<Name extends keyof Asked>(name: Name, body: Asked[Name]): Promise<Done>;
  /** Waits for the record. */
  until(what: string, holds: (record: ServiceRecord) => boolean, withinMs?: number): Promise<ServiceRecord>;
  /** The newest message that shows these words, in its text or blocks. */
  message(words: string): Told['messages'][number] | undefined;
  close(): void;
}

/** Plays as a person's shell would, without anybody at standard input. */
export async function startPlay(
  args: string[] = ['--port', '0'],
  env: Record<string, string> = {},
  cli?: readonly string[],
): Promise<Running & { url: string }> {
  const { REDIS_URL: _redis, LOG_LEVEL: _level, PORT_PAGE: _port, ...rest } = process.env;
  const running = await startProcess({
    command: process.execPath,
    args: [...(cli ?? [(await built()).play]), ...args],
    env: { ...rest, ...env },
    ready: (output) => /Open \S+\n/.test(output()),
  });
  return { ...running, url: /Open (\S+)/.exec(running.output())?.[1] ?? '' };
}

/** Opens the page's stream, and waits until everything that stands was told. */
export async function openClient(url: string): Promise<PageClient> {
  const ending = new AbortController();
  const told: Partial<Told> = {};
  const switches: Told['switched'][] = [];
  const traffic: Told['traffic'][] = [];
  const learn = (event: string) => {
    const [, key = '', data = 'null'] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? [];
    const value = JSON.parse(data) as never;
    if (key === 'past') {
      const past = value as Told['past'];
      switches.push(...past.switched);
      traffic.push(...past.traffic);
    }
    if (key === 'switched') switches.push(value);
    if (key === 'traffic') traffic.push(value);
    told[key as keyof Told] = value;
  };
  const events = await fetch(new URL('/events', url), { signal: ending.signal });
  const reading = (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of events.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      parts.forEach(learn);
    }
  })();
  reading.catch(() => {});
  await until('all is told', () => told.record && told.levers && told.messages?.length);
  return {
    url,
    told,
    switches,
    traffic,
    async ask(name, body) {
      const { status, text } = await send(url, `/api/${name}`, { body: JSON.stringify(body) });
      if (status !== 200) throw new Error(`${status} ${text}`);
      return JSON.parse(text) as Done;
    },
    until: (what, holds, withinMs = longMs) =>
      until(
        what,
        () => {
          const record = told.record?.record as unknown as ServiceRecord;
          return holds(record) ? record : undefined;
        },
        withinMs,
      ),
    message: (words) =>
      told.messages?.findLast(({ text, blocks }) => `${text} ${JSON.stringify(blocks)}`.includes(words)),
    close: () => ending.abort(),
  };
}

/** One request, as it is: unlike `fetch`, this sends any `Host`, `Origin` and path. By itself as the page would. */
export function send(
  url: string,
  path: string,
  {
    method = 'POST',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  const { hostname, port, origin } = new URL(url);
  const usual = method === 'POST' ? { origin, 'content-type': 'application/json' } : {};
  const all = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== '');
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path, method, headers: Object.fromEntries(all) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
    });
    asking.on('error', reject);
    asking.end(body);
  });
}
