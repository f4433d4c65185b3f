import { afterEach, expect, it } from 'vitest';
import { startHookServer } from '../support/hook-server.ts';
import type { HookServer } from '../support/hook-server.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';
import { until } from '../support/until.ts';
import { everyStopKill, goesOn, killedInStop, stopped, untilOver } from './stop-kills.ts';
import type { StopKill } from './stop-kills.ts';

let village: Village | undefined;
let server: HookServer | undefined;
afterEach(async () => {
  await village?.close();
  await server?.stop();
  village = undefined;
  server = undefined;
});

async function opened(): Promise<{ village: Village; server: HookServer }> {
  const hooks = await startHookServer();
  server = hooks;
  village = await openVillage({ services: ['s1'], settings: () => stopped(hooks) });
  village.delivers(await village.startReplica());
  await village.until('s1', 'adopted', ({ state }) => state === 'idle');
  await village.orders('s1', 'stage s1 v2');
  await village.until('s1', 'staged', ({ state }) => state === 'staged');
  return { village, server: hooks };
}

/** `stop.long.ts` has them all. */
const some: StopKill[] = [
  { verb: 'promote', at: 'on' },
  { verb: 'promote', at: 'off' },
  { verb: 'revert', at: 'write' },
];

it('a bot that is killed while hooks stop writes leaves them to another, which lets them go on', {
  timeout: 240_000,
}, async () => {
  expect(everyStopKill).toEqual(expect.arrayContaining(some));
  await expect(killedInStop(some)).resolves.toBeUndefined();
});

it('hooks stop writes in a promote and a revert, and the card, the thread and the history say for how long', {
  timeout: 120_000,
}, async () => {
  const { village, server } = await opened();
  await village.orders('s1', 'promote s1');
  const { releases } = await village.until('s1', 'baking', ({ state }) => state === 'baking');
  const words = `writes were stopped for ${releases[0]?.writesHeld?.ms} ms`;
  expect(server.calls.map(({ path }) => path)).toEqual(['/on', '/off']);
  await until('the card says it', async () => (await village.card('s1'))?.includes(words) === true);
  expect(village.transcript('s1')).toContain(words);
  expect((await village.history('s1')).map((entry) => entry.words).join('\n')).toContain(words);
  await village.orders('s1', 'revert s1');
  await village.until('s1', 'reverted', ({ state, live }) => state === 'idle' && live === 'blue');
  expect(server.calls.map(({ path }) => path)).toEqual(['/on', '/off', '/on', '/off']);
  expect(() => goesOn(server)).not.toThrow();
  expect((await village.record('s1')).writesOff).toBeUndefined();
});

it('an "on" that says no moves no traffic; an "off" that says no is shown, and called until it says yes', {
  timeout: 120_000,
}, async () => {
  const { village, server } = await opened();
  server.statuses.set('/on', 409);
  await village.orders('s1', 'promote s1');
  const ended = await village.until('s1', 'ended', ({ releases }) => releases[0]?.code !== undefined);
  expect(ended).toMatchObject({ state: 'staged', live: 'blue', releases: [{ code: 'hook-failed' }] });
  expect(village.writes('s1')).toEqual([]);
  await untilOver(village, server);

  server.statuses.clear();
  server.statuses.set('/off', 500);
  await village.orders('s1', 'promote s1');
  await village.until(
    's1',
    'it hangs',
    ({ state, writesOff }) => state === 'baking' && (writesOff?.tries ?? 0) > 1,
  );
  await until('people see it', async () =>
    /Writes may be stopped since/.test((await village.card('s1')) ?? ''),
  );
  expect((await village.types('s1', 'status s1')).text).toContain('writes: may be stopped since');
  server.statuses.clear();
  await untilOver(village, server);
  await until('people see that they go on', () => village.transcript('s1').includes('Writes of s1 go on.'));
});
