import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anyHealthOptions } from '../../src/health/index.ts';
import { prometheusHealth } from '../../src/health/prometheus.ts';
import { askStanding } from '../../src/net/threshold.ts';
import type { MeasuredCheck } from '../../src/release/ports.ts';
import { closeServer, listen } from '../support/listen.ts';
import { type Monitor, startStoredPrometheus, type StoredSample } from '../support/monitoring.ts';
import { freePort } from '../support/ports.ts';

const never = new AbortController().signal;
const minute = 60_000;

const make = (options: object): MeasuredCheck => {
  const read = anyHealthOptions.parse({ kind: 'prometheus', name: 'errors', ...options });
  if (read.kind !== 'prometheus') throw new Error('another kind');
  return prometheusHealth('checkout', read);
};

describe('a check of a number of a real Prometheus', () => {
  let prometheus: Monitor;
  beforeAll(async () => {
    const now = Date.now();
    const series = (name: string, of: (minutesAgo: number) => number | undefined): StoredSample[] =>
      [...Array(31).keys()].reverse().flatMap((ago) => {
        const value = of(ago);
        return value === undefined ? [] : [[name, value, now - ago * minute] as const];
      });
    prometheus = await startStoredPrometheus(
      [
        ...series('errors{color="green",version="2.0.0"}', () => 0.0731),
        ...series('errors{color="blue",version="1.0.0"}', () => 0.01),
        ...series('rising{color="green"}', (ago) => (ago < 3 ? 9 : 1)),
        ...series('spiky{color="green"}', (ago) => (ago === 4 ? 1 : 9)),
        ...series('young{color="green"}', (ago) => (ago < 2 ? 9 : undefined)),
        ...series('gone{color="green"}', (ago) => (ago > 20 ? 9 : undefined)),
      ].sort((one, two) => one[2] - two[2]),
    );
  });
  afterAll(() => prometheus.stop());
  const check = (options: object): MeasuredCheck =>
    make({ url: prometheus.url, query: 'errors{color="{color}"}', above: 0.05, ...options });
  const both = async (options: object) => {
    const made = check(options);
    const verdict = await made.ask('green', '2.0.0', never);
    return [
      verdict.healthy ? 'healthy' : verdict.reason,
      (await made.watch('green', '2.0.0', never)).is,
    ] as const;
  };

  test('finds a color good or bad by the limit, and says its number', async () => {
    expect(await check({}).ask('blue', undefined, never)).toEqual({ healthy: true });
    expect(await check({}).ask('green', undefined, never)).toEqual({
      healthy: false,
      code: 'unhealthy',
      reason: 'errors: 0.0731 is above 0.05',
    });
    expect(await check({}).watch('green', undefined, never)).toEqual({
      is: 'bad',
      reason: 'errors: 0.0731 is above 0.05',
    });
    expect(await both({ above: 0.0731 })).toEqual(['healthy', 'good']);
    expect(await both({ above: 0.07309 })).toEqual(['errors: 0.0731 is above 0.07309', 'bad']);
    expect(await both({ above: undefined, below: 0.1 })).toEqual(['errors: 0.0731 is below 0.1', 'bad']);
  });

  test('asks for the version, and knows nothing where that is not known', async () => {
    const made = check({ query: 'errors{color="{color}",version="{version}"}' });
    expect(made.asksForVersion).toBe(true);
    expect(await made.ask('green', '2.0.0', never)).toMatchObject({ reason: 'errors: 0.0731 is above 0.05' });
    expect(await made.ask('green', '2x0x0', never)).toMatchObject({
      reason: 'errors: Prometheus has no number: it has no data',
    });
    expect(await made.ask('green', undefined, never)).toMatchObject({
      reason: 'errors: the version of green is not known',
    });
  });

  test.each([
    ['errors', ['errors: 0.0731 is above 0.05 for 5 min', 'bad']],
    ['rising', ['errors: 9 is above 0.05 for 5 min', 'bad']],
    ['rising above 5', ['errors: 9 is above 5, but not for 5 min yet', 'not-yet']],
    ['spiky above 5', ['errors: 9 is above 5, but not for 5 min yet', 'not-yet']],
    ['young', ['errors: 9 is above 0.05, but not for 5 min yet', 'not-yet']],
    ['gone', ['errors: Prometheus has no number: it has no data', 'unknown']],
  ])('counts a number that was bad for the whole time only: %s', async (name, answer) => {
    const [metric, limit] = name.split(' above ');
    const more = limit === undefined ? {} : { above: Number(limit) };
    expect(await both({ query: `${metric}{color="{color}"}`, for: '5m', ...more })).toEqual(answer);
  });

  test('counts a number that was bad for any whole number of seconds', async () => {
    const asking = { deadlineMs: 5_000, signal: never };
    const seconds = [...Array(60).keys()].map((before) => before + 1);
    const others = [];
    for (const s of seconds) {
      const { is } = await askStanding(
        { url: prometheus.url },
        'vector(9)',
        { above: 1, for: s * 1_000 },
        asking,
      );
      if (is !== 'beyond') others.push([s, is]);
    }
    expect(others).toEqual([]);
  });

  const none = { query: 'errors{color="{color}",no="such"}' };
  const flawed = { query: 'rate(errors{color="{color}"})' };
  test.each([
    ['by default, without data', none, 'fails', 'unknown'],
    ['fail, without data', { ...none, noData: 'fail' }, 'fails', 'bad'],
    ['pass, without data', { ...none, noData: 'pass' }, 'healthy', 'good'],
    ['hold, without data', { ...none, noData: 'hold' }, 'fails', 'unknown'],
    ['one before and one after', { ...none, noData: { before: 'pass', after: 'fail' } }, 'healthy', 'bad'],
    [
      'pass, with several series',
      { query: 'errors{color=~"{color}|blue"}', noData: 'pass' },
      'fails',
      'unknown',
    ],
    ['pass, with a flaw', { ...flawed, noData: 'pass' }, 'fails', 'unknown'],
    ['fail, with a flaw', { ...flawed, noData: 'fail' }, 'fails', 'bad'],
    ['NaN, with pass', { query: '0 * errors{color="{color}"} / 0', noData: 'pass' }, 'healthy', 'good'],
  ])('follows noData: %s', async (_name, options, before, after) => {
    const [said, watched] = await both(options);
    expect([said === 'healthy' ? said : 'fails', watched]).toEqual([before, after]);
  });
});

describe('a check of a number without an answer', () => {
  test('passes nothing: not where the server is away, and not where it is slow', async () => {
    const query = 'x{color="{color}"}';
    const away = make({ url: `http://127.0.0.1:${await freePort()}`, query, above: 1, noData: 'pass' });
    expect(await away.ask('green', undefined, never)).toMatchObject({
      reason: 'errors: Prometheus cannot be asked: connection refused',
    });
    expect(await away.watch('green', undefined, never)).toMatchObject({ is: 'unknown' });
    const silent = createServer(() => {});
    const url = `http://127.0.0.1:${await listen(silent)}`;
    const slow = make({ url, query, above: 1, for: '1m', timeout: '100ms' });
    expect(await slow.watch('green', undefined, never)).toEqual({
      is: 'unknown',
      reason: 'errors: Prometheus cannot be asked: no answer within 100 ms',
    });
    expect(await slow.ask('green', undefined, AbortSignal.abort())).toMatchObject({ healthy: false });
    await closeServer(silent);
  });

  test('has its own pace, and the name of its query without another', () => {
    const made = make({ url: 'http://p', query: 'x{color="{color}"}', above: 1, name: undefined });
    expect(made).toMatchObject({ name: 'x{color="{color}"}', intervalMs: 10_000, successes: 3 });
  });

  test.each([
    [{ above: 1, below: 2 }, 'needs either above or below, and a number'],
    [{}, 'needs either above or below, and a number'],
    [{ above: 1, for: '2d' }, 'must be at most 1d'],
    [{ above: 1, query: 'up' }, 'must hold {color} or {version}'],
    [{ above: 1, query: 'x{color="{color}"' }, 'lacks a }'],
  ])('is not configured so: %j', (more, message) => {
    const read = anyHealthOptions.safeParse({
      kind: 'prometheus',
      url: 'http://p',
      query: 'x{color="{color}"}',
      ...more,
    });
    expect(read.error?.issues.map((issue) => issue.message)).toEqual([message]);
  });
});
