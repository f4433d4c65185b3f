import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** Ways in which a system answers that means ill or is broken. */
export const hostileAnswers = [
  'huge',
  'endless',
  'silent',
  'wrong types',
  'null',
  'no JSON',
  'redirect',
  'packed bomb',
  'broken packing',
  'cut off',
] as const;
export type HostileAnswer = (typeof hostileAnswers)[number];

const megabyte = Buffer.alloc(1024 * 1024, '[');
const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));

/** Answers any request so. A redirect leads to `elsewhere`, which nobody should ask. */
export function answerHostile(
  how: HostileAnswer,
  request: IncomingMessage,
  response: ServerResponse,
  elsewhere: string,
): void {
  request.resume();
  const json = { 'content-type': 'application/json' };
  switch (how) {
    case 'huge':
      response.writeHead(200, json);
      response.end(Buffer.concat(Array.from({ length: 8 }, () => megabyte)));
      return;
    case 'endless': {
      response.writeHead(200, json);
      const more = (): void => {
        while (!response.destroyed && response.write(megabyte));
      };
      response.on('drain', more);
      more();
      return;
    }
    case 'silent':
      return;
    case 'wrong types':
      response.writeHead(200, json).end(
        JSON.stringify({
          id: { a: 1 },
          workflow_run_id: [1],
          workflow_runs: 'none',
          status: 7,
          conclusion: { success: true },
          state: ['succeeded'],
          message: 3,
          result: {},
          building: 'no',
          builds: { 0: 1 },
          items: 'x',
        }),
      );
      return;
    case 'null':
      response.writeHead(200, json).end('null');
      return;
    case 'no JSON':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>success</html>');
      return;
    case 'redirect':
      response.writeHead(302, { location: elsewhere }).end();
      return;
    case 'packed bomb':
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb);
      return;
    case 'broken packing':
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('{"state":"succeeded"}');
      return;
    case 'cut off':
      response.writeHead(200, { ...json, 'content-length': '100' });
      response.write('{"state":"succ');
      setImmediate(() => response.destroy());
      return;
    default:
      how satisfies never;
  }
}
