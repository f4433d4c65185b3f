import { describe, expect, it } from 'vitest';
import { bob, inState, ready, staged } from '../support/core.ts';
import type { WriteFault } from '../support/core.ts';

const many = (fault: WriteFault): WriteFault[] => Array.from({ length: 500 }, () => fault);

describe('a switch that does not come about', () => {
  it('is undone within 10 s when it is a promote, and the release stays staged', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.faults = many('refused');
    await bot.submit({ verb: 'promote' });
    const from = core.clock.mono();
    await inState(core, 'staged', 30_000);
    expect(core.clock.mono() - from).toBeGreaterThanOrEqual(9_900);
    expect(core.clock.mono() - from).toBeLessThan(12_000);
    expect(await core.record()).toMatchObject({
      live: 'blue',
      epoch: 1,
      colors: { green: { role: 'staged' } },
      releases: [{ status: 'staged', code: 'verify-failed' }],
    });
  });

  it('is stuck after another 10 s when a promote cannot be undone either', async () => {
    const { core, bot } = await ready({ instances: ['r1', 'r2'] });
    await staged(core, bot);
    core.world.silent.add('r2');
    core.world.faults = ['answer-lost', ...many('refused')];
    await bot.submit({ verb: 'promote' });
    const from = core.clock.mono();
    await inState(core, 'stuck', 40_000);
    expect(core.clock.mono() - from).toBeLessThan(22_000);
    expect(await core.record()).toMatchObject({ live: 'blue', epoch: 1, op: { kind: 'promote' } });
    expect((await core.notices()).at(-1)).toMatchObject({ kind: 'broadcast', buttons: 'stuck' });
  });

  it('is stuck when an instance that may have been switched fell silent before it could be undone', async () => {
    const { core, bot } = await ready({ instances: ['r1', 'r2'] });
    await staged(core, bot);
    core.world.faults = ['answer-lost', 'refused', ...many('refused')];
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => core.world.writes.length > 1);
    core.world.silent.add('r1');
    core.world.faults = [];
    await inState(core, 'stuck', 40_000);
    core.world.silent.clear();
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ ok: true });
    await inState(core, 'baking');
    expect(core.world.router).toEqual({ r1: 'green', r2: 'green' });
  });

  it('is tried every second for 2 minutes when it is a revert, then stuck, never the other way', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    const before = core.world.writes.length;
    core.world.faults = many('not-delivered');
    await bot.submit({ verb: 'revert' });
    const from = core.clock.mono();
    await inState(core, 'stuck', 200_000);
    const passed = (core.clock.mono() - from) / 1_000;
    expect(passed).toBeGreaterThanOrEqual(120);
    expect(passed).toBeLessThan(123);
    const writes = core.world.writes.slice(before);
    expect(writes.length).toBeGreaterThan(115);
    expect(writes.length).toBeLessThan(123);
    expect(new Set(writes.map((write) => write.color))).toEqual(new Set(['blue']));
    expect(await core.record()).toMatchObject({ live: 'green', epoch: 2, op: { kind: 'revert' } });
  });

  it('is taken up again by retry, and by a revert, when a revert is stuck', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.faults = many('not-delivered');
    await bot.submit({ verb: 'revert' });
    await inState(core, 'stuck', 200_000);
    expect(await bot.submit({ verb: 'stage', version: 'v3' })).toMatchObject({ refusal: { code: 'stuck' } });
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ ok: true });
    await inState(core, 'stuck', 200_000);
    core.world.faults = [];
    expect(await bot.submit({ verb: 'revert', actor: bob })).toMatchObject({ ok: true });
    await inState(core, 'idle');
    expect(await core.record()).toMatchObject({
      live: 'blue',
      epoch: 3,
      bake: null,
      lastRevert: { actor: bob },
    });
  });

  it('is believed only on two answers a second apart when a revert follows what hung', async () => {
    const { core, bot } = await ready({ instances: ['r1', 'r2'] });
    await staged(core, bot);
    core.world.faults = many('not-delivered');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => core.world.writes.length > 1);
    core.world.silent.add('r1');
    await inState(core, 'stuck', 40_000);
    core.world.silent.clear();
    const from = core.clock.mono();
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    expect(core.clock.mono() - from).toBeGreaterThanOrEqual(1_000);
    expect(await core.record()).toMatchObject({ live: 'blue', epoch: 1 });
  });
});
