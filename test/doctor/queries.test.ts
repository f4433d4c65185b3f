import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examineQueries } from '../../src/doctor/queries.ts';
import { anyHealthOptions } from '../../src/health/index.ts';
import { compareSchema } from '../../src/release/settings.ts';
import { closeServer, listen } from '../support/listen.ts';
import { type Monitor, startStoredPrometheus } from '../support/monitoring.ts';
import { freePort } from '../support/ports.ts';
import { record } from '../store/record.ts';

let prometheus: Monitor;
beforeAll(async () => {
  const at = Date.now() - 10_000;
  prometheus = await startStoredPrometheus([
    ['errors{color="green",version="v1"}', 0.07312, at],
    ['requests{color="blue"}', 120, at],
    ['requests{color="green"}', 130, at],
  ]);
});
afterAll(() => prometheus.stop());

const found = (
  { health = [], ...compare }: { health?: object[]; metrics?: object[]; limit?: object },
  server: { url: string } = prometheus,
) =>
  examineQueries(
    'checkout',
    {
      health: health.map((each) =>
        anyHealthOptions.parse({ kind: 'prometheus', url: server.url, above: 1, ...each }),
      ),
      compare: compareSchema.parse({ prometheus: { url: server.url }, ...compare }),
    },
    record('checkout'),
  );

test('a query that Prometheus takes is fine, with the number of each color', async () => {
  const findings = await found({
    health: [{ query: 'errors{color=~"{color}|green",version="v1"}' }],
    metrics: [
      { name: 'requests', query: 'requests{color="{color}"}' },
      { name: 'errors', query: 'errors{color="{color}"}' },
    ],
    limit: { query: 'sum(requests)', above: 1_000 },
  });
  expect(findings.map(({ name, state, found }) => `${state} ${name}: ${found}`)).toEqual([
    'ok checkout health.0: blue 0.0731, green 0.0731',
    'ok checkout compare.metrics requests: blue 120, green 130',
    'ok checkout compare.metrics errors: blue no data, green 0.0731',
    'ok checkout compare.limit: 250',
  ]);
});

test('a query that Prometheus refuses is named, with its words', async () => {
  const findings = await found({
    health: [{ query: 'rate(errors{color="{color}",version="{version}"})' }],
    metrics: [{ name: 'requests', query: 'requests{color=~"{color}|blue|green"}' }],
    limit: { query: 'summ(errors)', above: 1 },
  });
  expect(findings).toMatchObject([
    {
      name: 'checkout health.0',
      state: 'wrong',
      found: expect.stringContaining('expected type range vector'),
    },
    { name: 'checkout compare.metrics requests', state: 'wrong', found: expect.stringContaining('2 series') },
    { name: 'checkout compare.limit', state: 'wrong', found: expect.stringContaining('unknown function') },
  ]);
  expect(findings.map(({ fix }) => fix)).toEqual(Array(3).fill('correct this query'));
});

test('a query without any data is a warning', async () => {
  expect(await found({ metrics: [{ name: 'x', query: 'no_such{color="{color}"}' }] })).toMatchObject([
    { state: 'warn', found: 'has no data' },
  ]);
});

test('a Prometheus that is away, or warns about its answer, is named', async () => {
  const metrics = [{ name: 'x', query: 'x{color="{color}"}' }];
  expect(await found({ metrics }, { url: `http://127.0.0.1:${await freePort()}` })).toMatchObject([
    { state: 'wrong', found: 'Prometheus cannot be asked: connection refused' },
  ]);
  const body = {
    status: 'success',
    data: { resultType: 'scalar', result: [1, '2'] },
    warnings: ['store-2 did not answer'],
  };
  const server = createServer((_request, response) => response.end(JSON.stringify(body)));
  expect(await found({ metrics }, { url: `http://127.0.0.1:${await listen(server)}` })).toMatchObject([
    { state: 'warn', found: 'blue 2, green 2; Prometheus warns: store-2 did not answer' },
  ]);
  await closeServer(server);
});

test('a service without queries has no findings', async () => {
  expect(await found({})).toEqual([]);
});
