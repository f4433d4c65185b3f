import { Agent, request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { openVillage } from '../support/village.ts';
import type { Village } from '../support/village.ts';

const connections = 32;
const switches = 25;

let village: Village;
afterEach(() => village.close());

/** Requests on `connections` kept connections, one after the other on each, until `stop`. */
function load(url: string): { stop(): Promise<{ answered: number; failed: string[] }> } {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const failed: string[] = [];
  let answered = 0;
  let running = true;
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      const asked = request(url, { agent, timeout: 5_000 }, (response) => {
        response.resume();
        response.once('end', () => {
          answered += 1;
          if (response.statusCode !== 200) failed.push(`status ${response.statusCode}`);
          // Some air for everybody else on this machine.
          setTimeout(resolve, 20);
        });
      });
      asked.once('timeout', () => asked.destroy(new Error('no answer within 5 s')));
      asked.once('error', (error) => {
        failed.push(String(error));
        resolve();
      });
      asked.end();
    });
  const all = Array.from({ length: connections }, async () => {
    while (running) await once();
  });
  return {
    async stop() {
      running = false;
      await Promise.all(all);
      agent.destroy();
      return { answered, failed };
    },
  };
}

it('fails no request while traffic is switched 25 times, and a reload keeps the color', {
  timeout: 120_000,
}, async () => {
  village = await openVillage({
    services: ['s1'],
    settings: (service, _, haproxy) => ({
      router: haproxy.options(service),
      revert: { lockAfterRevert: false },
    }),
  });
  village.delivers(await village.startReplica());
  await village.until('s1', 'adopted', ({ state }) => state === 'idle');
  const url = village.haproxy.frontend('s1');
  const wanted: string[] = [];
  const colors: (string | null)[] = [];
  const reloads: (string | null)[] = [];
  const failed: string[] = [];
  let answered = 0;
  let running = load(url);
  for (let number = 1; number <= switches; number += 1) {
    const promotes = number % 2 === 1;
    if (promotes) {
      await village.orders('s1', 'stage s1 v2');
      await village.until('s1', 'staged', ({ state }) => state === 'staged');
      await village.orders('s1', 'promote s1');
      await village.until('s1', 'baking', ({ state }) => state === 'baking');
    } else {
      await village.orders('s1', 'revert s1');
      await village.until('s1', 'reverted', ({ state, live }) => state === 'idle' && live === 'blue');
    }
    wanted.push(promotes ? 'green' : 'blue');
    colors.push((await fetch(url)).headers.get('x-color'));
    if (number % 8 === 0 || number === switches) {
      const seen = await running.stop();
      failed.push(...seen.failed);
      answered += seen.answered;
      await village.haproxy.reload();
      reloads.push((await fetch(url)).headers.get('x-color'));
      if (number < switches) running = load(url);
    }
  }
  expect(failed).toEqual([]);
  expect(colors).toEqual(wanted);
  expect(reloads).toEqual(['blue', 'blue', 'blue', 'green']);
  expect(answered).toBeGreaterThan(1_000);
  expect(await village.record('s1')).toMatchObject({ live: 'green', epoch: 1 + switches, persist: null });
});
