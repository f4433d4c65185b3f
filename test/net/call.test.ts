import { createServer, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Call, call } from '../../src/net/call.ts';
import { closeServer, listen } from '../support/listen.ts';

const never = new AbortController().signal;
let respond: (response: ServerResponse) => void;
let asked: Record<string, unknown> = {};
const server = createServer((request, response) => {
  asked = request.headers;
  respond(response);
});
let url = '';
beforeAll(async () => {
  url = `http://127.0.0.1:${await listen(server)}/`;
});
afterAll(() => closeServer(server));

const get = (more: Partial<Call> = {}) =>
  call({ method: 'GET', url, deadlineMs: 5_000, signal: never, ...more });
const answering =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, headers).end(body);
  };
const text = '{"version":"1.2.3","note":"grün"}';
const utf16 = Buffer.from(text, 'utf16le');
const coded = (name: string) => ({ 'content-encoding': name });

describe('the body of an answer', () => {
  test.each([
    ['as it is', Buffer.from(text), {}],
    ['with a byte order mark', Buffer.from(`\uFEFF${text}`), {}],
    ['in UTF-16 with its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), {}],
    [
      'in the character set that is named',
      Buffer.from(text, 'latin1'),
      { 'content-type': 'text/plain; charset=ISO-8859-1' },
    ],
    ['in a character set that nobody knows', Buffer.from(text), { 'content-type': 'text/plain; charset=x' }],
    ['packed with gzip', gzipSync(text), coded('gzip')],
    ['packed with x-gzip in capitals', gzipSync(text), coded('X-GZIP')],
    ['packed with deflate', deflateSync(text), coded('deflate')],
    ['packed with deflate without its header', deflateRawSync(text), coded('deflate')],
    ['packed with brotli', brotliCompressSync(text), coded('br')],
    ['packed twice', brotliCompressSync(gzipSync(text)), coded('gzip, br')],
    ['with a coding that is none', Buffer.from(text), coded('utf-8')],
  ])('is read %s', async (_how, body, headers) => {
    respond = answering(200, body, headers);
    expect(await get()).toMatchObject({ answered: true, status: 200, body: text, words: text });
  });

  test('is asked for unpacked', async () => {
    respond = answering(200, text);
    await get();
    expect(asked).toMatchObject({ 'accept-encoding': 'identity' });
  });

  test('that is empty is empty, with any content coding', async () => {
    respond = answering(200, '', coded('gzip'));
    expect(await get()).toMatchObject({ answered: true, body: '' });
  });

  test.each([
    ['is not what its coding says', gzipSync(text), 'br', 'answer cannot be decompressed (br)'],
    [
      'is cut short',
      gzipSync(text.repeat(9)).subarray(0, 20),
      'gzip',
      'answer cannot be decompressed (gzip)',
    ],
    [
      'has a coding that was not asked for',
      text,
      'zstd',
      'answer is compressed with zstd, which was not requested',
    ],
    ['is packed too often', text, 'br,br,br,br', 'answer is compressed more than three times'],
  ])('that %s is no answer', async (_what, body, coding, reason) => {
    respond = answering(200, body, coded(coding));
    expect(await get()).toEqual({ answered: false, sent: true, reason });
  });

  test('is read up to the limit, and not beyond', async () => {
    respond = answering(200, 'x'.repeat(4_096));
    expect(await get({ maxBytes: 4_096 })).toMatchObject({ body: 'x'.repeat(4_096) });
    expect(await get({ maxBytes: 4_095 })).toMatchObject({ reason: 'answer larger than 3 kB' });
  });

  test('that unpacks to far more than the limit is not unpacked to its end', async () => {
    const small = gzipSync(gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    respond = answering(200, small, coded('gzip, gzip'));
    const before = process.memoryUsage().arrayBuffers;
    expect(await get()).toMatchObject({ reason: 'answer larger than 64 kB' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});

test.each([
  ['a%20b:c%2Fd', 'a b:c/d'],
  ['ann:50%', 'ann:50%'],
  ['100%:5%%5E%C3%A4', '100%:5%^ä'],
  ['ann:%FF%41', 'ann:%FF%41'],
])('the credentials of a URL are sent decoded, as far as they are encoded: %s', async (written, pair) => {
  respond = answering(200, text);
  expect(await get({ url: url.replace('//', `//${written}@`) })).toMatchObject({ status: 200 });
  expect(asked['authorization']).toBe(`Basic ${Buffer.from(pair).toString('base64')}`);
});

describe('an answer of a server with its own ways', () => {
  const head = (...lines: string[]) => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;
  const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
  test.each<[string, string, object]>([
    ['that gives hints before', `${hints}${head('content-length: 2')}hi`, { status: 200, body: 'hi' }],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nhi', { body: 'hi' }],
    ['without a reason', 'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nhi', { body: 'hi' }],
    ['in chunks', `${head('transfer-encoding: chunked')}2;a=b\r\nhi\r\n0\r\nx: y\r\n\r\n`, { body: 'hi' }],
    ['with large headers', `${head(`x: ${'a'.repeat(50_000)}`, 'content-length: 2')}hi`, { body: 'hi' }],
    [
      'with headers that are too large',
      head(`x: ${'a'.repeat(70_000)}`),
      { reason: 'the headers of the answer are larger than 64 kB' },
    ],
    ['that is cut short', `${head('content-length: 3')}hi`, { reason: 'connection closed before an answer' }],
    ['that is no HTTP', '220 shop ESMTP\r\n', { reason: 'the answer is not HTTP' }],
    ['that is no HTTP, but JSON', '{"version":"1"}', { reason: 'the answer is not HTTP' }],
  ])('%s is what it is', async (_what, bytes, wanted) => {
    const raw = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(bytes));
    });
    const port = await listen(raw);
    expect(await get({ url: `http://127.0.0.1:${port}/` })).toMatchObject(wanted);
    await new Promise((resolve) => raw.close(resolve));
  });
});

describe('an answer that refuses', () => {
  test('says why, whether its body was wanted or not', async () => {
    respond = answering(422, '{"message":"smoke test 3 of 9 failed: cart total is 0"}');
    const words = 'smoke test 3 of 9 failed: cart total is 0';
    expect(await get()).toMatchObject({ status: 422, words });
    expect(await get({ body: 'ignore' })).toMatchObject({ status: 422, words });
  });

  test('does not repeat what was sent in secret', async () => {
    const secrets = { token: 'token-abc', headers: { 'x-api-key': 'header-abc' } };
    respond = answering(403, 'no: token-abc, header-abc, /?pin=query-abc and pass-abc');
    const own = `${url.replace('//', '//user:pass-abc@')}?pin=query-abc`;
    const answer = await get({ ...secrets, url: own });
    expect(answer).toMatchObject({ status: 403, words: expect.stringMatching(/^no: /) as string });
    expect('words' in answer && answer.words).not.toContain('abc');
  });

  test('is one although its body is large, is endless, breaks off or cannot be unpacked', async () => {
    const start = 'the disk is full\n';
    respond = answering(507, start + 'x'.repeat(500_000));
    expect(await get()).toMatchObject({
      status: 507,
      words: expect.stringMatching(/^the disk is full x+…$/),
    });
    respond = (response) => void response.writeHead(507).write(start);
    expect(await get({ body: 'ignore' })).toMatchObject({ status: 507, words: 'the disk is full' });
    expect(await get({ deadlineMs: 200 })).toMatchObject({ status: 507, words: 'the disk is full' });
    respond = (response) => {
      response.writeHead(507, { 'content-length': '1000' }).write(start, () => response.destroy());
    };
    expect(await get()).toMatchObject({ status: 507, words: 'the disk is full' });
    respond = answering(507, start, coded('gzip'));
    expect(await get()).toMatchObject({ status: 507, words: '' });
  });
});
