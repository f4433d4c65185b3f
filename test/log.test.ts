import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeScrub } from '../src/log/scrub.ts';
import { libraryLogger, makeLog } from '../src/log.ts';

const word = 's3cr3t-v4lue';
const bot = 'xoxb-1111-2222-AbCdEf';
const hook = 'https://hooks.slack.com/actions/T0/1/AbCdEf';

function recorded(secrets: string[] = []) {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = makeLog({ level: 'trace', destination, secrets });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

function axiosLike(): Error {
  return Object.assign(new Error(`Request to https://ann:${word}@10.0.0.1/x failed`), {
    config: { headers: { Authorization: `Basic ${word}` }, data: `payload=${word}` },
    request: { _header: `POST /x HTTP/1.1\r\nAuthorization: Bearer ${word}\r\n` },
    response: { config: { auth: { password: word } }, data: { secret: word } },
    code: 'ERR_BAD_REQUEST',
  });
}

const texts: [string, string, string][] = [
  ['a bot token', `sent with ${bot}`, bot],
  ['a user token', 'xoxp-1-2-abc', 'xoxp-1-2-abc'],
  ['a rotated token', 'xoxe.xoxp-1-Mi0yLTE', 'Mi0yLTE'],
  ['an app token', 'xapp-1-A0-22-abcdef', 'A0-22-abcdef'],
  ['a response_url', `posting to ${hook}`, 'AbCdEf'],
  ['credentials in a Redis URL', `redis://bot:${word}@10.0.0.1:6379/0`, word],
  ['a password without a user', `rediss://:${word}@cache`, word],
  ['a token in place of a user', `https://${word}@git.example.com/x`, word],
  ['a password that holds @ and /', `redis://bot:p@ss/${word}@cache:6379`, word],
  ['a bearer', `Authorization: Bearer ${word}`, word],
  ['a bearer alone', `got bearer ${word}, refused`, word],
  ['basic authorization', `authorization: Basic ${word}==`, word],
  ['a signature', `v0=${'ab12'.repeat(16)}`, 'ab12ab12'],
  ['a token in a query', `GET /x?page=2&access_token=${word}&y=1`, word],
  ['a form body', `token=${word}&trigger_id=${word}&response_url=${word}`, word],
  ['a JSON body', JSON.stringify({ trigger_id: word, token: word }), word],
  ['a JSON body inside JSON', JSON.stringify(JSON.stringify({ response_url: word })), word],
  ['an inspected object', inspect({ token: word }), word],
];

test.each([
  ['names that never end', 'a-'.repeat(4_000) + 'token'],
  ['names of secrets', 'token-'.repeat(1_400)],
  ['slashes and colons', '//:'.repeat(2_700)],
  ['slashes', '/'.repeat(8_000)],
  ['backslashes', `token${'\\'.repeat(8_000)}`],
  ['blanks', 'authorization: '.repeat(500) + ' '.repeat(500)],
])('a text full of %s is scrubbed in the time of its length', (_what, text) => {
  const scrub = makeScrub();
  // So many that the square of the length would take minutes.
  for (let i = 0; i < 5_000; i += 1) scrub.text(text);
  expect(scrub.text(text)).toHaveLength(4_001);
});

describe('a log line never shows', () => {
  test.each(texts)('%s as message, format argument, field, key, binding or error', (_name, text, secret) => {
    const { log, lines } = recorded();
    log.info(text);
    log.info('said %s', text);
    log.info('said %o', { note: text });
    log.info({ note: text, [text]: 1, deep: [{ note: text }] }, 'field');
    log.child({ note: text }).info('binding');
    log.error(new Error(text));
    log.error({ err: new Error('outer', { cause: new Error(text) }) }, 'cause');
    expect(lines).toHaveLength(7);
    for (const line of lines) expect(line).not.toContain(secret);
  });

  test.each([
    'token',
    'botToken',
    'signing_secret',
    'Authorization',
    'x-slack-signature',
    'response_url',
    'triggerId',
    'password',
    'cookie',
    'body',
    'rawBody',
    'payload',
  ])('the value of the key %s, at any depth', (key) => {
    const { log, lines } = recorded();
    log.info({ [key]: word }, 'top');
    log.info({ a: { b: [{ [key]: { text: word } }] } }, 'deep');
    log.info(
      { a: new Map([[key, word]]), b: new Error('x', { cause: { [key]: word } }) },
      'in a map and a cause',
    );
    log.child({ [key]: word }).info('binding');
    log.info('%j and %o', { [key]: word }, { [key]: word });
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(line).not.toContain(word);
  });

  test('the request and response on the error of an HTTP client', () => {
    const { log, lines, last } = recorded();
    log.error(axiosLike());
    expect(last()).toMatchObject({ err: { code: 'ERR_BAD_REQUEST' } });
    log.error({ err: axiosLike() }, 'failed');
    log.error({ problem: { inner: axiosLike() } }, 'failed');
    log.error(new Error('outer', { cause: axiosLike() }));
    log.error(new AggregateError([axiosLike()], 'all failed'));
    for (const line of lines) expect(line).not.toContain(word);
  });

  test('a known secret of any form', () => {
    const { log, lines } = recorded(['plain looking', 'abc']);
    log.info({ note: 'it was plain looking, and plain%20looking' }, 'plain looking');
    expect(lines[0]).not.toMatch(/plain(%20| )looking/);
    log.info('abc stays: too short to be told from other text');
    expect(lines[1]).toContain('abc stays');
  });

  test('a secret anywhere in any object', () => {
    const { log, lines } = recorded();
    fc.assert(
      fc.property(
        fc.object({ values: [fc.constant(bot), fc.constant(`Bearer ${word}`), fc.string()] }),
        (value) => {
          lines.length = 0;
          log.info(value, 'object');
          log.info({ value, err: new Error('x', { cause: value }) }, `said ${JSON.stringify(value)}`);
          for (const line of lines) {
            expect(line).not.toContain(bot);
            expect(line).not.toContain(word);
          }
        },
      ),
    );
  });
});

describe('a log line', () => {
  test('is one JSON object with level, time, message and fields', () => {
    const { log, last } = recorded();
    log
      .child({ service: 'checkout', release: 'r1', operation: 'o1', step: 'switch' })
      .warn({ n: 1, at: new Date(0) }, 'slow');
    expect(last()).toMatchObject({
      level: 40,
      msg: 'slow',
      service: 'checkout',
      release: 'r1',
      operation: 'o1',
      step: 'switch',
      n: 1,
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  test('shows an error with its code, stack and cause', () => {
    const { log, last } = recorded();
    log.error(
      new Error('no answer', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }),
    );
    const line = last() as { msg: string; err: { message: string; stack: string; cause: unknown } };
    expect(line.msg).toBe('no answer');
    expect(line.err.stack).toContain('log.test.ts');
    expect(line.err.cause).toMatchObject({ type: 'Error', message: 'refused', code: 'ECONNREFUSED' });
  });

  test('shows Slack’s error code, not its answer', () => {
    const { log, last } = recorded();
    log.error(
      Object.assign(new Error('An API error occurred'), {
        data: { ok: false, error: 'not_in_channel', x: word },
      }),
    );
    expect(last()).toMatchObject({ err: { slackError: 'not_in_channel' } });
    expect(JSON.stringify(last())).not.toContain(word);
  });

  test('survives cycles, throwing getters, BigInt, bytes and endless text', () => {
    const { log, last } = recorded();
    const cyclic: Record<string, unknown> = {
      big: 10n,
      bytes: Buffer.from(word),
      endless: 'x'.repeat(100_000),
    };
    cyclic['self'] = cyclic;
    Object.defineProperty(cyclic, 'trap', {
      enumerable: true,
      get() {
        throw new Error('trap');
      },
    });
    log.info(cyclic, 'odd');
    expect(last()).toMatchObject({
      big: '10',
      bytes: '[12 bytes]',
      self: '[circular]',
      trap: '[unreadable]',
    });
    expect(JSON.stringify(last()).length).toBeLessThan(5000);
  });

  test('keeps ordinary words and addresses', () => {
    const scrub = makeScrub();
    for (const text of [
      'SLACK_BOT_TOKEN: is not set',
      'GET http://10.0.0.11:8080/healthz answered 503',
      'mail ops@example.com',
    ]) {
      expect(scrub.text(text)).toBe(text);
    }
  });

  test('of megabytes without a space is scrubbed quickly', () => {
    const begun = performance.now();
    makeScrub().text('//a:'.repeat(500_000));
    makeScrub().text('token='.repeat(500_000));
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe('the logger of a library', () => {
  test('is never below info, at any level of the setting', () => {
    const { log, lines } = recorded();
    const library = libraryLogger(log, 'bolt');
    library.setLevel('debug' as Parameters<typeof library.setLevel>[0]);
    library.debug('a whole payload');
    expect(lines).toHaveLength(0);
    expect(library.getLevel()).toBe('info');
  });

  test('goes through pino under its name, with secrets taken out', () => {
    const { log, lines, last } = recorded();
    const library = libraryLogger(log, 'bolt');
    library.setName('web-api:WebClient:0');
    library.warn('100 %s rate', 'limited', { token: word, url: hook }, axiosLike());
    expect(last()).toMatchObject({ level: 40, library: 'web-api:WebClient:0', msg: '100 %s rate limited' });
    library.error(axiosLike());
    expect(last()).toMatchObject({ level: 50, err: { code: 'ERR_BAD_REQUEST' } });
    for (const line of lines) expect(line).not.toMatch(new RegExp(`${word}|AbCdEf`));
  });
});
