/** Who takes an operation up after a long absence must not move the router away from where somebody put it meanwhile. */
import { expect, it } from 'vitest';
import { inState, ready, staged } from '../support/memory-core.ts';

it.each([
  ['the switch had not been made', false],
  ['the switch had been made, and somebody moved it back by hand', true],
])('a promote abandoned for long is undone, not switched, when %s', async (_, made) => {
  const { core, bot } = await ready();
  await staged(core, bot);
  core.world.faults.push(made ? { late: 500 } : 'not-delivered');
  await bot.submit({ verb: 'promote' });
  await core.clock.advance(100);
  bot.kill();
  await core.clock.advance(1_000);
  expect(core.world.router['r1']).toBe(made ? 'green' : 'blue');
  core.world.router['r1'] = 'blue';
  await core.clock.advance(10_000);
  const next = core.replica();
  await inState(core, 'staged', 15_000);
  // The write of the one that is gone may still be on its way.
  expect(core.world.writes.filter(({ by }) => by === next.name)).toMatchObject([
    { color: 'blue', was: 'blue' },
  ]);
  expect(await core.record()).toMatchObject({
    live: 'blue',
    epoch: 1,
    releases: [{ status: 'staged', code: 'interrupted' }],
  });
  expect(await core.said()).toContain('and the router still says blue');
});

it('a promote is completed when its process has only just died', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  core.world.faults.push('not-delivered');
  await bot.submit({ verb: 'promote' });
  await core.clock.advance(100);
  bot.kill();
  core.replica();
  await inState(core, 'baking', 15_000);
  expect(core.world.router['r1']).toBe('green');
});

it('a stage ends with router-drift when its color has got the traffic meanwhile', async () => {
  const { core, bot } = await ready();
  core.world.deploy = { state: 'running', started: [] };
  await bot.submit({ verb: 'stage', version: 'v2' });
  await core.clock.advance(500);
  const { started } = core.world.deploy;
  bot.kill();
  core.world.router['r1'] = 'green';
  await core.clock.advance(10_000);
  core.replica();
  await inState(core, 'idle', 10_000);
  expect(core.world.deploy.started).toBe(started);
  expect(await core.record()).toMatchObject({
    live: 'blue',
    drift: { saw: 'green' },
    releases: [{ status: 'failed', code: 'router-drift' }],
  });
});

it('an instance that a revert left behind does not follow the record when somebody moved the others to another color', async () => {
  const { core, bot } = await ready({ instances: ['r1', 'r2'] });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await core.clock.advance(40_000);
  core.world.silent.add('r2');
  await bot.submit({ verb: 'revert' });
  await inState(core, 'idle');
  expect((await core.record()).follow?.instances).toEqual(['r2']);
  bot.kill();
  await core.clock.advance(40_000);
  core.world.router['r1'] = 'green';
  core.world.silent.clear();
  const next = core.replica();
  await core.clock.until(async () => (await core.record()).drift?.saw === 'green');
  await core.clock.advance(20_000);
  expect(core.world.writes.filter(({ by }) => by === next.name)).toEqual([]);
  expect(core.world.router).toEqual({ r1: 'green', r2: 'green' });
});
