/** Writes that hooks stop while traffic moves, in virtual time. */
import { describe, expect, it } from 'vitest';
import { inState, openCore, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

type Hooks = NonNullable<Core['world']['writesHooks']>;

/** A release is staged, and hooks stop writes around its switch. */
async function ready(): Promise<{ core: Core; bot: Replica; hooks: Hooks }> {
  const core = openCore({ settings: { promotion: { bake: '1h' }, revert: { lockAfterRevert: false } } });
  const hooks: Hooks = { calls: [], fails: new Set(), takesMs: 50 };
  core.world.writesHooks = hooks;
  const bot = core.replica();
  await inState(core, 'idle');
  await staged(core, bot);
  return { core, bot, hooks };
}

const which = ({ calls }: Hooks): string[] => calls.map((call) => call.which);

/** Nothing is owed any more, and the newest call that was answered let writes go on. */
async function over({ core, hooks }: { core: Core; hooks: Hooks }, withinMs = 30_000): Promise<void> {
  await core.clock.until(async () => (await core.record()).writesOff === undefined, withinMs);
  expect(hooks.calls.findLast(({ ok }) => ok)?.which).toBe('off');
}

describe('writes that hooks stop', () => {
  it('are stopped before the router is written, and go on after it, in both directions', async () => {
    const all = await ready();
    const { core, bot, hooks } = all;
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    expect(which(hooks)).toEqual(['on', 'off']);
    const [on, off] = hooks.calls;
    const [write] = core.world.writes;
    expect([on?.at, off?.at].map((at) => Math.sign((at ?? 0) - (write?.at ?? 0)))).toEqual([-1, 0]);
    expect(on?.key.split('/')[0]).toBe(off?.key.split('/')[0]);
    await over(all);
    const { releases } = await core.record();
    expect(releases[0]?.writesHeld).toMatchObject({ ms: 100, stopped: true });
    expect(await core.said()).toContain('writes were stopped for 100 ms');
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    expect(which(hooks)).toEqual(['on', 'off', 'on', 'off']);
    await over(all);
    expect(await core.said()).not.toContain('may still be stopped');
  });

  it('must go on again by the record before they are stopped', async () => {
    const { core, bot, hooks } = await ready();
    hooks.takesMs = 500;
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => hooks.calls.length > 0);
    const { writesOff, op, epoch, releases } = await core.record();
    expect(hooks.calls[0]?.key).toBe(`${writesOff?.id}/writes.on`);
    expect(op).toMatchObject({ step: 'switch' });
    expect(writesOff?.call).toMatchObject({
      release: releases[0]?.id,
      version: 'v2',
      from: 'blue',
      to: 'green',
      epoch: epoch + 1,
      actor: 'UANN',
    });
  });

  it('that cannot be stopped end a promote, whose traffic stays, and go on', async () => {
    const all = await ready();
    const { core, bot, hooks } = all;
    hooks.fails.add('on');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).releases[0]?.code !== undefined);
    expect((await core.record()).releases[0]).toMatchObject({
      code: 'hook-failed',
      cause: 'writes were not stopped: hooks.example/on: answered 500',
    });
    expect(core.world.writes).toEqual([]);
    expect(which(hooks)).toEqual(['on', 'off']);
    await over(all);
  });

  it('that cannot be stopped do not end a revert, which says so', async () => {
    const all = await ready();
    const { core, bot, hooks } = all;
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    hooks.fails.add('on');
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    expect(await core.said()).toContain('Warning: writes were not stopped: hooks.example/on: answered 500');
    await over(all);
  });

  it('are let go on again and again until that is answered, also while something else is under way', async () => {
    const all = await ready();
    const { core, bot, hooks } = all;
    hooks.fails.add('off');
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    expect(await core.said()).toContain(
      'Writes of checkout may still be stopped: hooks.example/off: answered 500. It is called again until it answers.',
    );
    core.world.deploy = { state: 'running', started: [] };
    await bot.submit({ verb: 'settle', actor: { kind: 'slack', user: 'UBOB', team: 'T1', channel: 'C1' } });
    await bot.submit({ verb: 'stage', version: 'v3' });
    await inState(core, 'staging');
    await core.clock.advance(40_000);
    expect((await core.record()).state).toBe('staging');
    const calls = hooks.calls.filter((call) => call.which === 'off');
    const pauses = calls.slice(1).map(({ at }, i) => at - (calls[i]?.at ?? 0));
    expect(calls.length).toBeGreaterThan(4);
    expect(pauses.every((pause, i) => pause >= 1_000 * 2 ** i)).toBe(true);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
    expect((await core.said()).match(/may still be stopped/g)).toHaveLength(1);
    hooks.fails.delete('off');
    await over(all, 70_000);
    expect(await core.said()).toContain('Writes of checkout go on.');
  });

  it('are let go on by another process, where theirs is gone', async () => {
    for (const dies of ['on', 'off'] as const) {
      const all = await ready();
      const { core, bot, hooks } = all;
      hooks.takesMs = 200;
      await bot.submit({ verb: 'promote' });
      await core.clock.until(() => which(hooks).includes(dies));
      bot.kill();
      core.replica();
      await inState(core, 'baking');
      await over(all);
      // Where traffic is still to be moved: a stop of its own, with keys of its own.
      const keys = hooks.calls.map(({ key }) => key.split('/')[0]);
      expect(new Set(keys).size).toBe(dies === 'on' ? 2 : 1);
      expect(core.world.router).toEqual({ r1: 'green' });
    }
  });

  it('are let go on after the record says so and its process is gone', async () => {
    const all = await ready();
    const { core, bot, hooks } = all;
    hooks.fails.add('off');
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    bot.kill();
    await core.clock.advance(20_000);
    hooks.fails.delete('off');
    core.replica();
    await over(all);
    expect(await core.said()).toContain('Writes of checkout go on.');
  });

  it('go on when the switch gets stuck, is undone, or makes place for a revert', async () => {
    const ways: [state: string, act: (all: Awaited<ReturnType<typeof ready>>) => Promise<unknown>][] = [
      [
        'stuck',
        async ({ core }) => {
          core.world.faults = Array.from({ length: 300 }, () => 'refused' as const);
          await core.clock.until(() => core.world.writes.length > 0);
          core.world.router['r1'] = 'unknown';
          await inState(core, 'stuck', 60_000);
        },
      ],
      [
        'staged',
        async ({ core }) => {
          core.world.faults = Array.from({ length: 5 }, () => 'refused' as const);
          await inState(core, 'staged', 60_000);
        },
      ],
      [
        'idle',
        async ({ core, bot }) => {
          core.world.faults = Array.from({ length: 3 }, () => 'refused' as const);
          await core.clock.until(() => core.world.writes.length > 0);
          await bot.submit({ verb: 'revert' });
          await inState(core, 'idle', 60_000);
        },
      ],
    ];
    for (const [state, act] of ways) {
      const all = await ready();
      await all.bot.submit({ verb: 'promote' });
      await act(all);
      await over(all);
      expect((await all.core.record()).state).toBe(state);
    }
  });

  it('are named where the settings have no way to let them go on any more', async () => {
    const { core, bot, hooks } = await ready();
    hooks.fails.add('off');
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    delete core.world.writesHooks;
    await core.clock.until(async () => (await core.record()).writesOff === undefined);
    expect(await core.said()).toContain('Let them go on by hand.');
  });
});
