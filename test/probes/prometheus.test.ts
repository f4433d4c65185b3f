import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLimit } from '../../src/probes/prometheus.ts';
import { compareSchema } from '../../src/release/settings.ts';
import { closeServer, listen } from '../support/listen.ts';
import { type Monitor, startStoredPrometheus } from '../support/monitoring.ts';
import { freePort } from '../support/ports.ts';

const never = new AbortController().signal;
const minute = 60_000;
let prometheus: Monitor;
beforeAll(async () => {
  const now = Date.now();
  const ages = [...Array(31).keys()].reverse();
  prometheus = await startStoredPrometheus([
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
