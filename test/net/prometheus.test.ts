import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askNow, askRange, prometheusSchema } from '../../src/net/prometheus.ts';
import { fillQuery } from '../../src/release/promql.ts';
import { answerHostile, hostileAnswers } from '../support/hostile-answers.ts';
import { closeServer, listen } from '../support/listen.ts';
import { type Monitor, startStoredPrometheus } from '../support/monitoring.ts';

const never = new AbortController().signal;
const asking = { deadlineMs: 5_000, signal: never };

const fill = (query: string, version: string): string => {
  const filled = fillQuery(query, { service: 'checkout', color: 'green', version });
  return 'query' in filled ? filled.query : '';
};

describe('a real Prometheus', () => {
  const now = Date.now();
  const versions = ['1.2.3', '1x2x3', '1.2.3+4', 'a"b', "a'b", 'a`b', 'a\\b', '.*', '"} or vector(1) #'];
  const label = (text: string): string => JSON.stringify(text);
  let prometheus: Monitor;
  beforeAll(async () => {
    const ages = [...Array(11).keys()].map((i) => 10 - i);
    prometheus = await startStoredPrometheus([
      ...versions.map((version) => [`runs{version=${label(version)}}`, 1, now - 10_000] as const),
      ...ages.map((i) => ['level{color="green"}', 10 - i, now - i * 60_000] as const),
    ]);
  });
  afterAll(() => prometheus.stop());
  const ask = (query: string) => askNow({ url: prometheus.url }, query, asking);

  test.each([
    ['vector(0.25)', { got: 'found', found: 0.25 }],
    ['scalar(vector(-1e-9))', { got: 'found', found: -1e-9 }],
    ['absent_metric', { got: 'nothing', why: 'it has no data' }],
    ['vector(0) / 0', { got: 'nothing', why: 'it gives NaN, as a division by zero does' }],
    ['vector(1) / 0', { got: 'nothing', why: 'it gives +Inf, as a division by zero does' }],
    ['"text"', { got: 'refused', why: 'it gives a text, not a number' }],
    ['level[1m]', { got: 'refused', why: 'it gives a range of numbers, not one' }],
  ])('%s', async (query, answer) => {
    expect(await ask(query)).toEqual(answer);
  });

  test('refuses a query with its own words', async () => {
    expect(await ask('sum(rate(level))')).toMatchObject({
      got: 'refused',
      why: expect.stringContaining('expected type range vector in call to function "rate"'),
    });
  });

  test('gives several series, some of which are named', async () => {
    expect(await ask('runs{version=~"1.*"}')).toEqual({
      got: 'refused',
      why: expect.stringMatching(
        /^it gives 3 series, not one: \{__name__="runs", version="1\S*"\}, .*put sum\(…\) or max\(…\) around it$/,
      ),
    });
  });

  test('gives the numbers of a range in the order of their times', async () => {
    const range = { fromAt: now - 600_000, toAt: now, stepMs: 60_000 };
    const answer = await askRange({ url: prometheus.url }, 'level{color="green"}', range, asking);
    const samples = answer.got === 'found' ? answer.found : [];
    expect(samples.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(samples[10]?.at).toBeCloseTo(now, -1);
  });

  test('is never asked for more than 2,016 numbers', async () => {
    const range = { fromAt: now - 86_400_000, toAt: now, stepMs: 1_000 };
    const answer = await askRange({ url: prometheus.url }, 'vector(1)', range, asking);
    expect(answer).toMatchObject({ got: 'found', found: expect.objectContaining({ length: 2_016 }) });
  });

  test.each(versions)('knows the version %s from the others, in every kind of quotes', async (version) => {
    const quotes = version.includes('`') ? ['"', "'"] : ['"', "'", '`'];
    for (const quote of quotes)
      for (const sign of ['=', '=~'])
        expect(await ask(fill(`count(runs{version${sign}${quote}{version}${quote}})`, version))).toEqual({
          got: 'found',
          found: 1,
        });
    expect(await ask(fill('count(runs{version=~`{version}`})', version))).toEqual({ got: 'found', found: 1 });
  });

  test('reads any text in quotes as that text, and nothing after it', async () => {
    const read = async (quote: string, text: string): Promise<unknown> => {
      const query = fill(`${quote}{version}${quote}`, text);
      const url = new URL(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
      const answer = (await (await fetch(url)).json()) as { data?: { result: [number, string] } };
      return answer.data?.result[1];
    };
    const part = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.stringMatching(/^["'`\\{}\n$a]*$/));
    const text = fc.array(part, { minLength: 5 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(await read('"', value)).toBe(value);
        expect(await read("'", value)).toBe(value);
      }),
      { numRuns: 10 },
    );
  });
});

describe('a server that means ill or is broken', () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  let url = '';
  beforeAll(async () => {
    url = `http://127.0.0.1:${await listen(server)}`;
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => closeServer(server));
  const says = (body: unknown, status = 200): void => {
    answer = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  };
  const success = (resultType: string, result: unknown, more: object = {}) => ({
    status: 'success',
    data: { resultType, result },
    ...more,
  });
  const quick = { deadlineMs: 500, signal: never };
  const range = { fromAt: 0, toAt: 60_000, stepMs: 10_000 };

  test.each(hostileAnswers)('is away: %s', async (how) => {
    answer = (request, response) => answerHostile(how, request, response, url);
    expect(await askNow({ url }, 'x', quick)).toMatchObject({ got: 'away' });
    expect(await askRange({ url }, 'x', range, quick)).toMatchObject({ got: 'away' });
    expect(asked).toHaveLength(2);
  });

  test.each([
    ['a number that is none', success('vector', [{ metric: {}, value: [1, ''] }])],
    ['a number in hexadecimal', success('scalar', [1, '0x10'])],
    ['a value without its time', success('vector', [{ metric: {}, value: ['1'] }])],
    ['labels that are none', success('vector', [{ metric: { a: {} }, value: [1, '1'] }])],
    ['another kind of result', success('streams', [])],
    ['success without data', { status: 'success' }],
    ['an error with status 200', { status: 'error', error: 'x' }],
  ])('is away: %s', async (_name, body) => {
    says(body);
    expect(await askNow({ url }, 'x', quick)).toMatchObject({ got: 'away' });
  });

  test('may give a histogram, infinity in digits, and nothing', async () => {
    says(success('vector', [{ metric: {}, histogram: [1, {}] }]));
    expect(await askNow({ url }, 'x', quick)).toEqual({
      got: 'refused',
      why: 'it gives a histogram, not a number',
    });
    says(success('vector', [{ metric: {}, value: [1, '1e999'] }]));
    expect(await askNow({ url }, 'x', quick)).toMatchObject({ got: 'nothing' });
    says(success('matrix', [{ metric: {}, values: [[1, 'NaN']] }]));
    expect(await askRange({ url }, 'x', range, quick)).toMatchObject({ got: 'nothing' });
  });

  test('warns about its own answer, without secrets and in one line', async () => {
    says(success('scalar', [1, '2'], { warnings: ['partial\nresponse for s3cret-token'] }));
    expect(await askNow({ url, token: 's3cret-token' }, 'x', quick)).toEqual({
      got: 'found',
      found: 2,
      warning: expect.stringMatching(/^partial response for (?!s3cret)/),
    });
  });

  test('is away when it has no time for the question, and refuses one with a flaw', async () => {
    const error = (words: string) => ({ status: 'error', errorType: 'x', error: words });
    says(error('query timed out in expression evaluation'), 503);
    expect(await askNow({ url }, 'x', quick)).toEqual({
      got: 'away',
      why: 'answered 503: query timed out in expression evaluation',
    });
    says(error('query timed out in query execution'), 422);
    expect(await askNow({ url }, 'x', quick)).toMatchObject({ got: 'away' });
    says(error('many-to-many matching not allowed'), 422);
    expect(await askNow({ url }, 'x', quick)).toEqual({
      got: 'refused',
      why: 'many-to-many matching not allowed',
    });
    says('no org id', 401);
    expect(await askNow({ url }, 'x', quick)).toEqual({ got: 'away', why: 'answered 401: no org id' });
  });

  test('hears who asks: a token, a user, a tenant', async () => {
    says(success('scalar', [1, '2']));
    await askNow({ url, token: 'abc' }, 'x', quick);
    await askNow({ url, user: 'ann', password: 'p:w' }, 'x', quick);
    await askNow(
      { url: `${url}/prometheus/?dedup=true`, headers: { 'x-scope-orgid': 'shop' } },
      'a+b',
      quick,
    );
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer abc',
      `Basic ${Buffer.from('ann:p:w').toString('base64')}`,
      undefined,
    ]);
    expect(asked[2]?.headers['x-scope-orgid']).toBe('shop');
    expect(asked[2]?.url).toBe('/prometheus/api/v1/query?dedup=true&query=a%2Bb&timeout=0.500');
  });

  test('takes a password with a bare % in its URL as it is, and does not repeat it', async () => {
    says('hunter50%2 is wrong', 401);
    const bare = url.replace('//', '//ann:hunter50%2@');
    const answer = { got: 'away', why: expect.stringMatching(/^answered 401: (?!hunter)/) as string };
    expect(await askNow({ url: bare }, 'x', quick)).toEqual(answer);
    expect(await askRange({ url: bare }, 'x', range, quick)).toEqual(answer);
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ann:hunter50%2').toString('base64')}`);
  });

  test('is configured with one proof of who asks', () => {
    const fits = (more: object): boolean => prometheusSchema.safeParse({ url, ...more }).success;
    expect([{}, { token: 'a' }, { user: 'a', password: 'b' }].map(fits)).toEqual([true, true, true]);
    const both = [{ user: 'a' }, { password: 'b' }, { token: 'a', user: 'a', password: 'b' }];
    expect(both.map(fits)).toEqual([false, false, false]);
  });
});
