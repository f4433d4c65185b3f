import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLimit, makeMetrics } from '../../src/probes/prometheus.ts';
import { compareSchema } from '../../src/release/settings.ts';
import { closeServer, listen } from '../support/listen.ts';
import { type Monitor, startStoredPrometheus } from '../support/monitoring.ts';
import { freePort } from '../support/ports.ts';

const never = new AbortController().signal;
const minute = 60_000;
const switchedAt = Date.now() - 20 * minute;
/** More windows of a minute than are asked for. */
const windows = [...Array(2_100).keys()];
let prometheus: Monitor;
beforeAll(async () => {
  const now = Date.now();
  const ages = [...Array(31).keys()].reverse();
  prometheus = await startStoredPrometheus([
    ...windows.map(
      (i) => ['steady{color="green"}', i, switchedAt - (windows.length - 1 - i) * minute] as const,
    ),
    ['steady{color="green"}', 9_999, now - minute],
    ...ages.map((ago) => ['errors{color="green",service="checkout"}', 0.07, now - ago * minute] as const),
    ...ages.map((ago) => ['rising{color="green"}', ago < 2 ? 9 : 1, now - ago * minute] as const),
  ]);
});
afterAll(() => prometheus.stop());

describe('a limit', () => {
  const ask = (limit: object, url = prometheus.url) =>
    makeLimit('checkout', compareSchema.parse({ prometheus: { url }, limit }))?.ask('green', never);

  test('knows on which side of it a number is, and since when', async () => {
    const errors = { query: 'errors{service="{service}",color="{color}"}' };
    expect(await ask({ ...errors, above: 0.05, for: '2m' })).toEqual({
      state: 'over',
      words: '0.07 is above 0.05 for 2 min',
    });
    expect(await ask({ ...errors, below: 0.05 })).toEqual({
      state: 'under',
      words: '0.07 is not below 0.05',
    });
    expect(await ask({ query: 'rising{color="{color}"}', above: 5, for: '10m' })).toEqual({
      state: 'under',
      words: '9 is above 5, but not for 10 min yet',
    });
  });

  test.each([
    ['nothing', 'absent', 'Prometheus has no number: it has no data'],
    ['several series', 'errors or rising', 'Prometheus cannot use the query: it gives 2 series, not one: '],
    ['a division by zero', 'vector(1) / 0', 'Prometheus has no number: it gives +Inf'],
    ['a flaw', 'rate(errors)', 'expected type range vector'],
  ])('has no data from %s, and is never over by it', async (_name, query, words) => {
    expect(await ask({ query, above: 0 })).toEqual({
      state: 'no-data',
      words: expect.stringContaining(words),
    });
  });

  test('has no data from a server that is away, or answers nonsense', async () => {
    expect(await ask({ query: 'x', above: 0 }, `http://127.0.0.1:${await freePort()}`)).toMatchObject({
      state: 'no-data',
      words: 'Prometheus cannot be asked: connection refused',
    });
    const server = createServer((_request, response) => response.end('{"status":"success","data":7}'));
    expect(await ask({ query: 'x', above: 0 }, `http://127.0.0.1:${await listen(server)}`)).toMatchObject({
      state: 'no-data',
    });
    await closeServer(server);
  });

  test('is none where none is configured', () => {
    expect(makeLimit('checkout', compareSchema.parse({}))).toBeUndefined();
  });
});

describe('a metric', () => {
  const metric = { name: 'level', query: 'steady{color="{color}"}', window: '1m' };
  const make = (more: object = {}, url = prometheus.url) => {
    const options = compareSchema.parse({ prometheus: { url }, metrics: [{ ...metric, ...more }] });
    const [made] = makeMetrics('checkout', options);
    if (made === undefined) throw new Error('no metric');
    return made;
  };

  test('gives a number of each color, or says why there is none', async () => {
    expect(await make().ask('green', never)).toEqual({ value: 9_999 });
    expect(await make().ask('blue', never)).toEqual({ unknown: 'it has no data' });
  });

  test('knows the windows before the switch, as many as it asks for, and nothing after it', async () => {
    const made = make();
    expect(await made.past('green', switchedAt, never)).toEqual(windows.slice(-2_016));
    expect(await made.past('blue', switchedAt, never)).toEqual([]);
  });

  test.each([
    ['10s', 2_016 * 10_000],
    ['5m', 7 * 86_400_000],
    ['10m', 7 * 86_400_000],
    ['2d', 6 * 86_400_000],
    ['30d', 30 * 86_400_000],
  ])('looks at 2,016 windows at most: of %s', (window, pastMs) => {
    expect(make({ window }).pastMs).toBe(pastMs);
  });

  test('asks for the same past once, with one question, and again after a failure only a minute later', async () => {
    const asked: string[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status);
      response.end(
        '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}}',
      );
    });
    const made = make({}, `http://127.0.0.1:${await listen(server)}`);
    const all = await Promise.all([1, 2, 3].map(() => made.past('green', 1_000_000, never)));
    expect(all).toEqual([[2], [2], [2]]);
    expect(await made.past('green', 1_000_000, never)).toEqual([2]);
    expect(asked).toHaveLength(1);
    expect(await made.past('blue', 1_000_000, never)).toEqual([2]);
    status = 500;
    expect(await made.past('green', 2_000_000, never)).toBeUndefined();
    expect(await made.past('green', 2_000_000, never)).toBeUndefined();
    expect(asked).toHaveLength(3);
    await closeServer(server);
  });
});
