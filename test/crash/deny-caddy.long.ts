import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AdminProxy, startAdminProxy } from '../support/admin-proxy.ts';
import { type CaddyServer, startCaddy } from '../support/caddy.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';
import { until } from '../support/until.ts';

let colors: SampleColor[];
let caddy: CaddyServer;
let proxy: AdminProxy;
let village: Village;
beforeEach(async () => {
  const [blue, green] = [await startColor('blue', 'v1'), await startColor('green', 'v2')];
  colors = [blue, green];
  const front = [{ '@id': 'checkout-writes', handler: 'subroute' }];
  caddy = await startCaddy({ blue: blue.port, green: green.port }, { front });
  proxy = await startAdminProxy(caddy.adminPort);
  village = await openVillage({
    services: ['s1'],
    settings: () => ({
      colors: { blue: { url: blue.url }, green: { url: green.url } },
      router: { ...caddy.options(), admin: proxy.url },
      revert: { lockAfterRevert: false },
      cutover: { writes: { mode: 'deny' }, readOnly: { before: '1s', after: '5m' } },
    }),
  });
});
afterEach(async () => {
  await village.close();
  await proxy.stop();
  await caddy.stop();
  await Promise.all(colors.map((color) => color.stop()));
});

const write = async (): Promise<number> =>
  (await fetch(caddy.url, { method: 'POST', headers: { connection: 'close' } })).status;

it('Caddy denies writes over renewals, is reloaded for every second one, and ends a window without the bot', async () => {
  const bot = await village.startProcess();
  village.delivers(bot);
  await village.until('s1', 'adopted', ({ state }) => state === 'idle');
  await village.orders('s1', 'stage s1 v2');
  await village.until('s1', 'staged', ({ state }) => state === 'staged');
  await village.orders('s1', 'promote s1');
  await village.until('s1', 'baking', ({ state }) => state === 'baking');
  const before = proxy.writes().length;
  const renewals = new Set<number>();
  await until('six renewals', async () => {
    expect(await write()).toBe(503);
    const { readOnly } = await village.record('s1');
    if (readOnly) renewals.add(readOnly.renewAt);
    return renewals.size === 7;
  });
  expect(proxy.writes().length - before).toBeLessThanOrEqual(4);
  await bot.stop('SIGKILL');
  const killedAt = performance.now();
  expect(await write()).toBe(503);
  await until('Caddy ends the window', async () => (await write()) === 200);
  expect(performance.now() - killedAt).toBeLessThan(31_000);
});
