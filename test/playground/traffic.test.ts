import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { startTraffic } from '../../packages/playground/src/traffic.ts';
import type { Traffic } from '../../packages/playground/src/traffic.ts';
import { until } from '../support/until.ts';

let server: Server;
let traffic: Traffic;
afterEach(() => {
  traffic.close();
  server.closeAllConnections();
  server.close();
});

/** Traffic to a color that answers after `lateMs`; undefined: never. */
async function open(lateMs: number | undefined): Promise<void> {
  server = createServer((_request, response) => {
    if (lateMs !== undefined)
      setTimeout(() => response.end(JSON.stringify({ color: 'blue', version: 'v1' })), lateMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  traffic = startTraffic(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

it('the traffic fails no request for time in which its own process stood still', async () => {
  await open(200);
  await until('some are answered', () => traffic.report().answered.length > 0);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
  const { requests } = traffic.report();
  await until('what was under way has ended', () => traffic.report().requests > requests + 20);
  expect(traffic.report().errors).toBe(0);
});

it('the traffic counts an unanswered request as failed, and once', async () => {
  await open(undefined);
  const from = performance.now();
  const { requests, errors } = await until('one has failed', () => {
    const report = traffic.report();
    return report.errors > 0 ? report : undefined;
  });
  expect(performance.now() - from).toBeGreaterThan(1_900);
  expect(requests).toBe(errors);
  expect(errors).toBeLessThanOrEqual((performance.now() - from - 1_900) / 50 + 1);
});

it('the traffic has few requests under way at once', async () => {
  let most = 0;
  let now = 0;
  await open(600);
  server.on('request', (_request, response) => {
    now += 1;
    most = Math.max(most, now);
    response.once('close', () => (now -= 1));
  });
  await until('many are answered', () => traffic.report().requests >= 40);
  expect(most).toBe(10);
  expect(traffic.report().errors).toBe(0);
});
