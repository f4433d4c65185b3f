import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { explain } from '../../../../src/net/explain.ts';
import { Fault } from '../../../../src/release/fault.ts';
import { readJson, sendJson } from '../listening.ts';
import type { Playground } from '../playground.ts';
import type { Done } from './api.ts';
import { readQuestion } from './requests.ts';
import type { Question } from './requests.ts';
import { makeEvents } from './events.ts';
import { denialOf, guardHeaders } from './guard.ts';
import { makeHands } from './slack-actions.ts';
import { makePageLevers } from './levers.ts';
import { findStatic, inlineScripts } from './statics.ts';
import { tellAll } from './push.ts';

/** The playground's page, on loopback. */
export interface Page {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page of this playground; `port` 0: any free one. Throws a `Fault` with words when the port is in use. */
export async function openPage(town: Playground, port: number): Promise<Page> {
  const hands = makeHands(town);
  const levers = makePageLevers(town);
  const events = makeEvents();
  let listening = port;

  async function carryOut({ name, body }: Question): Promise<void> {
    switch (name) {
      case 'say':
        return hands.say(body);
      case 'press':
        return hands.press(body);
      case 'submit':
        return hands.submit(body);
      case 'close':
        return hands.close(body);
      case 'lever':
        return levers.pull(body);
      default:
        return name satisfies never;
    }
  }

  async function ask(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request);
    const question = readQuestion(path.slice('/api/'.length), body);
    if (!question) {
      // The rest of a body that is too large is not read.
      const closing: Record<string, string> = request.complete ? {} : { connection: 'close' };
      return sendJson(response, 400, { ok: false, error: 'The page sent an unknown request.' }, closing);
    }
    const done: Done = await carryOut(question).then(
      () => ({ ok: true }),
      (error: unknown) => ({ ok: false, error: error instanceof Error ? error.message : String(error) }),
    );
    telling.look();
    sendJson(response, 200, done);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const denial = denialOf(request, listening);
    for (const [name, value] of Object.entries(guardHeaders([]))) response.setHeader(name, value);
    if (denial)
      return sendJson(response, denial.status, { ok: false, error: denial.words }, { connection: 'close' });
    const [path = '/'] = (request.url ?? '/').split('?');
    if (request.method === 'POST') return ask(path, request, response);
    if (path === '/events') return events.open(response);
    const file = await findStatic(path);
    if (!file) return sendJson(response, 404, { ok: false, error: 'There is no such file.' });
    const scripts = file.type.startsWith('text/html') ? inlineScripts(file.body.toString('utf8')) : [];
    response.writeHead(200, { 'content-type': file.type, ...guardHeaders(scripts) });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Fault(
          'bad-settings',
          error.code === 'EADDRINUSE'
            ? `Port ${port} is in use: choose another with --port, or use no --port for any free one.`
            : `The page cannot be served at port ${port}: ${explain(error)}.`,
        ),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  listening = (server.address() as AddressInfo).port;
  const telling = tellAll(town, { events, hands, levers });
  return {
    url: `http://127.0.0.1:${listening}/`,
    close() {
      telling.stop();
      events.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
