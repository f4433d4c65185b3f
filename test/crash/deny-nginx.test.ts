import { afterEach, beforeEach, expect, it } from 'vitest';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';
import { type NginxServer, startNginx } from '../support/nginx.ts';
import { deniesWrites } from '../support/nginx-writes.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';
import { type SeenWrite, startWrites } from '../support/steady-writes.ts';
import { until } from '../support/until.ts';

const newest = (writes: readonly SeenWrite[]): unknown => writes.findLast(({ tookMs }) => tookMs > 0)?.status;
let colors: SampleColor[];
let nginx: NginxServer;
let village: Village;
beforeEach(async () => {
  const [blue, green] = [await startColor('blue', 'v1'), await startColor('green', 'v2')];
  colors = [blue, green];
  nginx = await startNginx({ blue: blue.port, green: green.port }, deniesWrites);
  village = await openVillage({
    services: ['s1'],
    settings: () => ({
      colors: { blue: { url: blue.url }, green: { url: green.url } },
      router: { ...nginx.options(), test: nginx.test, reload: nginx.reload },
      revert: { lockAfterRevert: false },
      cutover: { writes: { mode: 'deny' }, readOnly: { before: '1s', after: '5m' } },
    }),
  });
});
afterEach(async () => {
  await village.close();
  await nginx.stop();
  await Promise.all(colors.map((color) => color.stop()));
});

it('nobody can write from before the switch until a person ends the window; a bot that is killed leaves no service read-only', {
  timeout: 120_000,
}, async () => {
  const bot = await village.startProcess();
  village.delivers(bot);
  await village.until('s1', 'adopted', ({ state }) => state === 'idle');
  const running = startWrites(nginx.frontend);
  await village.orders('s1', 'stage s1 v2');
  await village.until('s1', 'staged', ({ state }) => state === 'staged');
  await village.orders('s1', 'promote s1');
  const baking = await village.until('s1', 'baking', ({ state }) => state === 'baking');
  expect(baking.readOnly).toMatchObject({ release: baking.releases[0]?.id });
  const read = await fetch(nginx.frontend, { headers: { connection: 'close' } });
  expect([read.status, read.headers.get('x-color')]).toEqual([200, 'green']);
  await village.until('s1', 'renewed', ({ readOnly }) => readOnly?.renewAt !== baking.readOnly?.renewAt);
  await village.orders('s1', 'read-write s1');
  await village.until('s1', 'writes go on', ({ readOnly }) => readOnly === undefined);
  await until('a write is taken', () => newest(running.writes) === 200);
  const denied = running.writes.filter(({ status }) => status === 503);
  const [first, last] = [denied[0]?.at ?? 0, denied.at(-1)?.at ?? 0];
  expect(denied.length).toBeGreaterThan(0);
  expect(running.writes.filter(({ at, status }) => at > first && at < last && status === 200)).toEqual([]);
  // Green took none before the window was ended.
  expect(running.writes.filter(({ at, color }) => at < last && color === 'green')).toEqual([]);

  await village.orders('s1', 'revert s1');
  await village.until('s1', 'reverted', ({ state }) => state === 'idle');
  await village.orders('s1', 'stage s1 v2');
  await village.until('s1', 'staged again', ({ state }) => state === 'staged');
  await village.orders('s1', 'promote s1');
  await village.until('s1', 'it waits', ({ readOnly }) => readOnly?.switchAt !== undefined);
  await until('a write is denied', () => newest(running.writes) === 503);
  await bot.stop('SIGKILL');
  await until('nginx ends the window', () => newest(running.writes) === 200, 40_000);
  await running.stop();
});
