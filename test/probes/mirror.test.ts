import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { makeMirror, mirrorOptions } from '../../src/probes/mirror.ts';
import type { Mirror } from '../../src/release/mirror/port.ts';
import { closeServer, listen } from '../support/listen.ts';
import { freePort } from '../support/ports.ts';

let server: Server | undefined;
afterEach(async () => {
  if (server) await closeServer(server);
  server = undefined;
});

async function mirrorOf(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: object,
): Promise<Mirror> {
  const port = await freePort();
  server = createServer(answer);
  await listen(server, port);
  const url = `http://ann:pw-77@127.0.0.1:${port}/shop/`;
  return makeMirror(mirrorOptions.parse(options), { blue: { url }, green: { url } });
}

const asked = (mirror: Mirror, i = 0) => mirror.paths[i]?.ask('green', new AbortController().signal);

describe('the GETs that are compared', () => {
  it('are asked of a color below its URL, with the headers that are set and no other of anybody', async () => {
    const seen: IncomingMessage[] = [];
    const mirror = await mirrorOf(
      (request, response) => {
        seen.push(request);
        response.setHeader('content-type', 'application/json');
        response.statusCode = 302;
        response.setHeader('location', '/login');
        response.end('{"total":1}');
      },
      { paths: ['/cart?key=s3cret'], headers: { 'accept-language': 'de', host: 'shop.example' } },
    );
    expect(await asked(mirror)).toEqual({
      status: 302,
      contentType: 'application/json',
      location: '/login',
      body: '{"total":1}',
    });
    const [request] = seen;
    expect(request?.method).toBe('GET');
    expect(request?.url).toBe('/shop/cart?key=s3cret');
    expect(request?.headers).toMatchObject({ 'accept-language': 'de', host: 'shop.example' });
    expect(request?.headers).not.toHaveProperty('cookie');
  });

  it('are shown without the values of their query, on one line, and not too long', async () => {
    const paths = ['/cart?key=s3cret', '/plain', `/${'x'.repeat(200)}`];
    const mirror = await mirrorOf((_, response) => response.end(), { paths });
    const shown = mirror.paths.map((path) => path.shown);
    expect(shown.slice(0, 2)).toEqual(['/cart?…', '/plain']);
    expect(shown[2]).toMatch(/^\/x{78}…$/);
    expect(mirror.hosts.blue).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it.each([200, 500])('have no answer when it is too large, with status %d', async (status) => {
    const mirror = await mirrorOf(
      (_, response) => {
        response.statusCode = status;
        response.end('x'.repeat(400_000));
      },
      { paths: ['/cart'] },
    );
    expect(await asked(mirror)).toEqual({ why: 'answer larger than 256 kB' });
  });

  it('say why there is no answer, and no secret', async () => {
    const broken = await mirrorOf((request) => request.socket.destroy(), { paths: ['/cart?key=s3cret'] });
    const found = await asked(broken);
    expect(found).toEqual({ why: expect.stringMatching(/\w/) });
    expect(JSON.stringify(found)).not.toMatch(/s3cret|pw-77/);
  });
});
