import { afterEach, expect, it } from 'vitest';
import { killedInWait } from './wait-kills.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';
import { startWrites } from '../support/steady-writes.ts';
import type { SeenWrite } from '../support/steady-writes.ts';
import { until } from '../support/until.ts';

let village: Village;
afterEach(() => village.close());

/** The newest answered write was taken: one that was sent a moment before the end of a window is still denied. */
const taken = (writes: readonly SeenWrite[]): Promise<unknown> =>
  until('a write is taken', () => writes.findLast(({ tookMs }) => tookMs > 0)?.status === 200);

const openHeld = (max: string): Promise<Village> =>
  openVillage({
    services: ['s1'],
    lua: 'haproxy/switchback.lua',
    settings: () => ({ revert: { lockAfterRevert: false }, cutover: { writes: { mode: 'hold', max } } }),
  });

it('every write is answered over ten switches, those in a switch by the new color, and the card says how long they waited', {
  timeout: 120_000,
}, async () => {
  village = await openHeld('3s');
  village.delivers(await village.startReplica());
  await village.until('s1', 'adopted', ({ state }) => state === 'idle');
  const running = startWrites(village.haproxy.frontend('s1'));
  for (let number = 1; number <= 5; number += 1) {
    await village.orders('s1', 'stage s1 v2');
    await village.until('s1', 'staged', ({ state }) => state === 'staged');
    await village.orders('s1', 'promote s1');
    const promoted = await village.until('s1', 'baking', ({ state }) => state === 'baking');
    expect(promoted.releases[0]?.writesHeld).toMatchObject({ refused: 0 });
    await village.orders('s1', 'revert s1');
    await village.until('s1', 'reverted', ({ state, live }) => state === 'idle' && live === 'blue');
  }
  const { writes, reads } = await running.stop();
  expect(writes.length).toBeGreaterThan(200);
  expect(writes.filter(({ status }) => status !== 200)).toEqual([]);
  expect(reads.filter(({ status }) => status !== 200)).toEqual([]);
  await until('the card says how long writes waited', async () =>
    /no write had to wait|writes waited \d+ ms \([1-9]\d* requests?\)/.test((await village.card('s1')) ?? ''),
  );
  const told = (await village.history('s1')).filter(({ what }) => what === 'switch' || what === 'reverted');
  const waited = told.map(({ words }) =>
    words.includes('no write had to wait')
      ? '0'
      : /writes waited \d+ ms \((\d+) requests?\)/.exec(words)?.[1],
  );
  expect(waited).not.toContain(undefined);
  // A hold is over in a few ms, so that none may come in one of them.
  expect(waited.reduce((sum, each) => sum + Number(each), 0)).toBeGreaterThan(0);
});

it('a bot that is killed in a hold leaves no service without writes, and its successor ends the switch', {
  timeout: 120_000,
}, async () => {
  village = await openHeld('1s');
  const first = await village.startProcess();
  village.delivers(first);
  await village.until('s1', 'adopted', ({ state }) => state === 'idle');
  await village.orders('s1', 'stage s1 v2');
  await village.until('s1', 'staged', ({ state }) => state === 'staged');
  const running = startWrites(village.haproxy.frontend('s1'), { everyMs: 20 });
  village.proxy.fault(/^set map/, { kind: 'hold' });
  await village.orders('s1', 'promote s1');
  await until('the router is written to, and writes wait', () => village.proxy.writes().length > 0);
  await first.stop('SIGKILL');
  const held = await village.haproxy.command('switchback writes s1');
  expect(held).toMatch(/^holding /);
  const second = await village.startProcess();
  village.delivers(second);
  await village.until(
    's1',
    'the switch ended',
    ({ state }) => state === 'baking' || state === 'staged',
    30_000,
  );
  const { writes } = await running.stop();
  const longest = Math.max(...writes.map(({ tookMs }) => tookMs));
  expect(longest).toBeLessThan(2_500);
  expect(writes.at(-1)?.status).toBe(200);
});

const openDenied = (after: string): Promise<Village> =>
  openVillage({
    services: ['s1'],
    lua: 'haproxy/switchback.lua',
    settings: () => ({
      revert: { lockAfterRevert: false },
      cutover: { writes: { mode: 'deny' }, readOnly: { after } },
    }),
  });

it('nobody can write until a revert in the window has moved traffic; a reload in a window ends it', {
  timeout: 120_000,
}, async () => {
  village = await openDenied('5m');
  village.delivers(await village.startReplica());
  await village.until('s1', 'adopted', ({ state }) => state === 'idle');
  const running = startWrites(village.haproxy.frontend('s1'));
  await village.orders('s1', 'stage s1 v2');
  await village.until('s1', 'staged', ({ state }) => state === 'staged');
  await village.orders('s1', 'promote s1');
  await village.until('s1', 'baking', ({ state }) => state === 'baking');
  await village.orders('s1', 'revert s1');
  await village.until('s1', 'writes go on', ({ state, readOnly }) => state === 'idle' && !readOnly);
  await taken(running.writes);
  const { writes } = await running.stop();
  const denied = writes.filter(({ status }) => status === 503);
  const [first, last] = [denied[0]?.at ?? 0, denied.at(-1)?.at ?? 0];
  expect(denied.length).toBeGreaterThan(0);
  // Green took no write, and blue none before traffic was back.
  expect(writes.filter(({ at, status }) => at > first && at < last && status !== 503)).toEqual([]);
  expect(writes.filter(({ color }) => color === 'green')).toEqual([]);
  expect(writes.at(-1)).toMatchObject({ status: 200, color: 'blue' });

  await village.orders('s1', 'stage s1 v2');
  await village.until('s1', 'staged', ({ state }) => state === 'staged');
  await village.orders('s1', 'promote s1');
  await village.until('s1', 'baking', ({ state }) => state === 'baking');
  await village.haproxy.reload();
  await village.until('s1', 'the window is over', ({ readOnly }) => readOnly === undefined, 30_000);
  expect((await village.history('s1')).map(({ what }) => what)).toContain('read-only-interrupted');
  expect(await village.haproxy.command('switchback writes s1')).toContain('denial=over');
});

it('nobody can write from the switch to the end of the window, and a bot that is gone does not leave it so', {
  timeout: 120_000,
}, async () => {
  village = await openDenied('8s');
  const first = await village.startProcess();
  village.delivers(first);
  await village.until('s1', 'adopted', ({ state }) => state === 'idle');
  await village.orders('s1', 'stage s1 v2');
  await village.until('s1', 'staged', ({ state }) => state === 'staged');
  const running = startWrites(village.haproxy.frontend('s1'), { everyMs: 20 });
  await village.orders('s1', 'promote s1');
  const baking = await village.until('s1', 'baking', ({ state }) => state === 'baking');
  expect(baking.readOnly).toMatchObject({ release: baking.releases[0]?.id });
  await first.stop('SIGKILL');
  // Another replica renews it, and ends it.
  const second = await village.startProcess();
  village.delivers(second);
  await village.until('s1', 'the window is over', ({ readOnly }) => readOnly === undefined, 30_000);
  await taken(running.writes);
  const { writes, reads } = await running.stop();
  expect(reads.filter(({ status }) => status !== 200)).toEqual([]);
  const denied = writes.filter(({ status }) => status === 503);
  const firstDenied = denied[0]?.at ?? 0;
  const lastDenied = denied.at(-1)?.at ?? 0;
  expect(lastDenied - firstDenied).toBeGreaterThan(8_000);
  // Not one write in the whole window.
  const inside = writes.filter(({ at }) => at > firstDenied && at < lastDenied);
  expect(inside.filter(({ status }) => status !== 503)).toEqual([]);
  expect(writes.filter(({ status }) => status === 200 || status === 503)).toHaveLength(writes.length);
  expect(writes.at(-1)?.status).toBe(200);

  // A person ends it sooner.
  await village.orders('s1', 'revert s1');
  await village.until('s1', 'reverted', ({ state, live }) => state === 'idle' && live === 'blue');
  await village.orders('s1', 'stage s1 v2');
  await village.until('s1', 'staged', ({ state }) => state === 'staged');
  await village.orders('s1', 'promote s1');
  await village.until('s1', 'baking', ({ state }) => state === 'baking');
  await village.orders('s1', 'read-write s1');
  await village.until('s1', 'writes go on', ({ readOnly }) => readOnly === undefined);
  expect(await village.haproxy.command('switchback writes s1')).toContain('denial=over');
});

it('a bot that is killed while it waits for the switch leaves a window that another goes on with', {
  timeout: 120_000,
}, async () => {
  await expect(killedInWait([['promote:read-only:waits', 'after']])).resolves.toBeUndefined();
});
