import { afterEach, expect, it } from 'vitest';
import { startLoad } from '../support/steady-load.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';

const connections = 32;
const switches = 25;

let village: Village;
afterEach(() => village.close());

it('the router fails no request while traffic is switched 25 times, and a reload keeps the color', {
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
  let running = startLoad(url, { connections });
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
      if (number < switches) running = startLoad(url, { connections });
    }
  }
  expect(failed).toEqual([]);
  expect(colors).toEqual(wanted);
  expect(reloads).toEqual(['blue', 'blue', 'blue', 'green']);
  expect(answered).toBeGreaterThan(1_000);
  expect(await village.record('s1')).toMatchObject({ live: 'green', epoch: 1 + switches, persist: null });
});
