import type { Agent, IncomingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { afterRunning } from './running-timer.ts';
import { readBody } from './body.ts';

/** The bot's answer, or why there is none. */
export type Posted =
  | { status: number; headers: IncomingHttpHeaders; body: string }
  | { failed: 'timeout' | 'nobody' };

/** POSTs to the bot and waits for the whole answer, at most `deadlineMs` in which this process runs. Never rejects. */
export function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  deadlineMs: number,
  agent: Agent,
): Promise<Posted> {
  return new Promise((resolve) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    });
    const callOff = afterRunning(deadlineMs, () => {
      resolve({ failed: 'timeout' });
      sent.destroy();
    });
    const broken = () => {
      callOff();
      resolve({ failed: 'nobody' });
    };
    sent.on('error', broken);
    sent.on('response', (response) => {
      readBody(response).then((text = '') => {
        callOff();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      }, broken);
    });
    sent.end(body);
  });
}
