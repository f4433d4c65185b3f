/** The window around a switch in which nobody can write, in virtual time. */
import { describe, expect, it } from 'vitest';
import type { Loaded } from '../../src/release/store.ts';
import { deniedMs, readOnlyAt } from '../../src/release/read-only.ts';
import { bob, cleo, inState, openCore, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const interrupted = 'The read-only window of checkout was interrupted, so a revert may lose writes.';
const again = 'checkout takes writes again.';

type Denial = NonNullable<Core['world']['denial']>;

/** A release is staged, and a promote of it would deny writes. */
async function ready(
  instances = ['r1'],
  before = '0s',
): Promise<{ core: Core; bot: Replica; denial: Denial }> {
  const denial: Denial = { on: {}, open: new Set(), asked: [] };
  const settings = {
    promotion: { bake: '1h' },
    cutover: { writes: { mode: 'deny' }, readOnly: { before, after: '5m' } },
  };
  const core = openCore({ settings, instances });
  core.world.denial = denial;
  const bot = core.replica();
  await inState(core, 'idle');
  await staged(core, bot);
  return { core, bot, denial };
}

async function open(): Promise<{ core: Core; bot: Replica; denial: Denial }> {
  const all = await ready();
  await all.bot.submit({ verb: 'promote' });
  await inState(all.core, 'baking');
  return all;
}

/** The bot dies in the switch of a promote, after the router took its write. */
async function diesInSwitch(): Promise<{ core: Core; denial: Denial }> {
  const { core, bot, denial } = await ready();
  core.watch.asked = () => {
    if (core.world.writes.length > 0) bot.kill();
  };
  await bot.submit({ verb: 'promote' });
  await core.clock.until(() => core.world.writes.length > 0);
  expect(await core.record()).toMatchObject({ state: 'promoting', op: { step: 'switch' } });
  return { core, denial };
}

/** True while the router denies writes. */
const denies = ({ core, denial }: { core: Core; denial: Denial }): boolean =>
  (denial.on['r1']?.till ?? 0) > core.clock.mono();

/** True while people see that nobody can write. */
async function claims(core: Core): Promise<boolean> {
  const { record, now }: Loaded = await core.loaded();
  return record !== null && readOnlyAt(record, now) !== undefined;
}

const over = (core: Core, withinMs = 40_000): Promise<void> =>
  core.clock.until(async () => (await core.record()).readOnly === undefined, withinMs);

describe('a read-only window', () => {
  it('is denied and claimed to its end, and then ends', async () => {
    const all = await open();
    const { core } = all;
    for (let second = 0; second < 295; second += 5) {
      expect([denies(all), await claims(core)]).toEqual([true, true]);
      await core.clock.advance(5_000);
    }
    await over(core);
    expect(denies(all)).toBe(false);
    expect(await core.said()).toContain(again);
    expect(await core.said()).not.toContain(interrupted);
  });

  it('is claimed only while the router denies writes, where the bot is gone, and not taken up again', async () => {
    const all = await open();
    const { core, bot } = all;
    await core.clock.advance(20_000);
    bot.kill();
    for (let ms = 0; ms < deniedMs + 5_000; ms += 500) {
      expect([await claims(core), denies(all)]).not.toEqual([true, false]);
      await core.clock.advance(500);
    }
    expect(await claims(core)).toBe(false);
    core.replica();
    await over(core);
    expect(denies(all)).toBe(false);
    expect(await core.said()).toContain(interrupted);
  });

  it('is renewed by another replica in time, and not interrupted', async () => {
    const all = await open();
    const { core, bot } = all;
    bot.kill();
    await core.clock.advance(10_000);
    core.replica();
    await core.clock.advance(60_000);
    expect([denies(all), await claims(core)]).toEqual([true, true]);
    expect(await core.said()).not.toContain(interrupted);
  });

  it('is over when the router was reloaded, or does not deny writes at a renewal', async () => {
    for (const breaks of [
      ({ on }: Denial) => void delete on['r1'],
      ({ open: taken }: Denial) => void taken.add('r1'),
    ]) {
      const all = await open();
      await all.core.clock.advance(21_000);
      breaks(all.denial);
      await over(all.core);
      expect(denies(all)).toBe(false);
      expect(await all.core.said()).toContain(interrupted);
    }
  });

  it('is given up where the router does not answer any more, and asked for every few seconds only', async () => {
    const { core, denial } = await open();
    await core.clock.advance(10_000);
    core.world.silent.add('r1');
    const before = denial.asked.length;
    await over(core, 60_000);
    expect(denial.asked.length - before).toBeLessThan(25);
    expect(await core.said()).toContain(interrupted);
  });

  it('stops the promote where an instance does not deny writes, and no traffic moves', async () => {
    const { core, bot, denial } = await ready(['r1', 'r2']);
    denial.open.add('r2');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).releases[0]?.code !== undefined);
    expect(await core.record()).toMatchObject({
      state: 'staged',
      live: 'blue',
      releases: [{ code: 'router-not-ready', cause: 'r2 does not deny writes: HAProxy says "none"' }],
    });
    expect(core.world.router).toEqual({ r1: 'blue', r2: 'blue' });
    await over(core);
    expect((denial.on['r1']?.till ?? 0) > core.clock.mono()).toBe(false);
  });

  it('begins where an instance denies writes only at the second try', async () => {
    const { core, bot, denial } = await ready();
    denial.open.add('r1');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => denial.asked.length > 0);
    denial.open.delete('r1');
    await inState(core, 'baking');
    expect(await claims(core)).toBe(true);
  });

  it('that a person ends while traffic moves does not begin', async () => {
    const all = await ready();
    const { core, bot, denial } = all;
    denial.open.add('r1');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => denial.asked.length > 0);
    expect((await bot.submit({ verb: 'read-write' })).ok).toBe(true);
    denial.open.delete('r1');
    await inState(core, 'baking');
    expect(await claims(core)).toBe(false);
    await over(core);
    expect(denies(all)).toBe(false);
  });

  it('is renewed while a revert is under way, and ends once traffic has moved', async () => {
    const all = await open();
    const { core, bot, denial } = all;
    await core.clock.advance(12_000);
    const before = denial.asked.length;
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    const moved = core.world.writes.at(-1)?.at ?? 0;
    await over(core);
    const asked = denial.asked.slice(before);
    // Before its checks, and right before it writes.
    expect(asked.map(({ what }) => what)).toEqual(['deny', 'deny', 'allow']);
    expect(asked[1]?.at).toBeLessThanOrEqual(moved);
    expect(asked[2]?.at).toBeGreaterThanOrEqual(moved);
    expect(await core.said()).toContain(again);
    expect(await core.said()).not.toContain('may lose writes');
  });

  it('that was open for a moment does not stop a revert, which says so', async () => {
    const { core, bot, denial } = await open();
    await core.clock.advance(12_000);
    delete denial.on['r1'];
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    expect(await core.record()).toMatchObject({ live: 'blue' });
    expect(await core.said()).toContain('so this revert may lose writes');
  });

  it('lapses while a stage is under way', async () => {
    const { core, bot } = await open();
    await core.clock.advance(12_000);
    const deploy: NonNullable<Core['world']['deploy']> = { state: 'running', started: [] };
    core.world.deploy = deploy;
    expect((await bot.submit({ verb: 'settle', actor: bob })).ok).toBe(true);
    expect((await bot.submit({ verb: 'stage', version: 'v3' })).ok).toBe(true);
    await inState(core, 'staging');
    await core.clock.advance(25_000);
    expect(await claims(core)).toBe(false);
    core.world.colors.blue.version = 'v3';
    deploy.state = 'succeeded';
    await inState(core, 'staged', 60_000);
    await over(core);
    expect(await core.said()).toContain(interrupted);
  });

  it('of a release before is not made longer by a switch that denies nothing', async () => {
    const { core, bot } = await open();
    await core.clock.advance(6_000);
    expect((await bot.submit({ verb: 'settle', actor: bob })).ok).toBe(true);
    await staged(core, bot, 'v3');
    delete core.world.denial;
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    expect((await core.record()).live).toBe('blue');
    expect((await core.record()).readOnly).toBeUndefined();
  });

  it('is not claimed where the bot died in the switch, and another one ends that too late', async () => {
    const { core, denial } = await diesInSwitch();
    const before = denial.asked.length;
    await core.clock.advance(30_000);
    expect(await claims(core)).toBe(false);
    core.replica();
    await core.clock.until(async () => (await core.record()).state !== 'promoting');
    expect(await core.record()).toMatchObject({ state: 'baking', live: 'green' });
    expect(await claims(core)).toBe(false);
    await over(core);
    expect(await core.said()).toContain(interrupted);
    // Once more where another save came first.
    expect(new Set(denial.asked.slice(before).map(({ what }) => what))).toEqual(new Set(['allow']));
  });

  it('is not claimed where the router was reloaded after the bot died in the switch', async () => {
    const { core, denial } = await diesInSwitch();
    delete denial.on['r1'];
    await core.clock.advance(4_000);
    core.replica();
    await inState(core, 'baking', 30_000);
    expect(await claims(core)).toBe(false);
    await over(core);
    expect(await core.said()).toContain(interrupted);
  });

  it('that a person ended is not denied again by the process that takes the switch over', async () => {
    const { core, denial } = await diesInSwitch();
    const before = denial.asked.length;
    expect((await core.replica().submit({ verb: 'read-write' })).ok).toBe(true);
    await inState(core, 'baking', 30_000);
    await over(core);
    // Once more where another save came first.
    expect(new Set(denial.asked.slice(before).map(({ what }) => what))).toEqual(new Set(['allow']));
  });

  it('ends when somebody adopts the other color', async () => {
    const all = await open();
    const { core, bot } = all;
    core.world.router['r1'] = 'blue';
    expect((await bot.submit({ verb: 'adopt', actor: cleo })).ok).toBe(true);
    await over(core);
    expect(denies(all)).toBe(false);
  });

  it('waits until the router has ended it, where the settings do not say any more how to end it', async () => {
    const all = await open();
    const { core, bot } = all;
    await core.clock.advance(10_000);
    delete core.world.denial;
    expect((await bot.submit({ verb: 'read-write' })).ok).toBe(true);
    await over(core);
    expect(denies(all)).toBe(false);
  });
});

const early = 'the read-only window was interrupted before the switch, so somebody may have written';

/** A promote denies writes, and waits two minutes. */
async function waiting(): Promise<{ core: Core; bot: Replica; denial: Denial; switchAt: number }> {
  const all = await ready(['r1'], '2m');
  await all.bot.submit({ verb: 'promote' });
  await all.core.clock.until(async () => (await all.core.record()).readOnly?.switchAt !== undefined);
  const { readOnly } = await all.core.record();
  return { ...all, switchAt: readOnly?.switchAt ?? 0 };
}

/** The promote has ended, and nothing was written to the router. */
async function ended(core: Core, code: string, cause: string): Promise<void> {
  await inState(core, 'staged', 40_000);
  expect(await core.record()).toMatchObject({ live: 'blue', releases: [{ code, cause }] });
  expect(core.world.writes).toEqual([]);
  await over(core);
}

describe('a read-only window before a switch', () => {
  it('denies writes from so long before the switch, without a break', async () => {
    const all = await waiting();
    const { core, denial, switchAt } = all;
    expect(switchAt - core.clock.now()).toBeGreaterThan(119_000);
    while (core.world.writes.length === 0) {
      expect([denies(all), await claims(core)]).toEqual([true, true]);
      await core.clock.advance(500);
    }
    const [write] = core.world.writes;
    const began = denial.on['r1']?.began ?? 0;
    expect((write?.at ?? 0) - began).toBeGreaterThanOrEqual(120_000);
    expect((write?.at ?? 0) - began).toBeLessThan(130_000);
    await inState(core, 'baking');
    await core.clock.advance(290_000);
    expect(denies(all)).toBe(true);
    // The same denial from its beginning to its end.
    expect(denial.on['r1']?.began).toBe(began);
    expect(await core.said()).not.toContain(interrupted);
    await over(core);
  });

  it('calls the hooks once, before it begins', async () => {
    const { core, bot, denial } = await ready(['r1'], '2m');
    const hook = { at: 'before-switch' as const, onFailure: 'stop' as const, ok: true, calls: [] };
    core.world.hooks.push({
      ...hook,
      get calls() {
        expect(denial.asked).toEqual([]);
        return hook.calls;
      },
    });
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking', 140_000);
    expect(hook.calls).toHaveLength(1);
  });

  it('is gone on with where it was by another replica', async () => {
    const all = await waiting();
    const { core, bot, denial, switchAt } = all;
    await core.clock.advance(30_000);
    bot.kill();
    await core.clock.advance(6_000);
    core.replica();
    await core.clock.advance(5_000);
    expect((await core.record()).readOnly?.switchAt).toBe(switchAt);
    await inState(core, 'baking', 120_000);
    expect(core.world.writes).toHaveLength(1);
    const waited = (core.world.writes[0]?.at ?? 0) - (denial.on['r1']?.began ?? 0);
    expect(waited).toBeGreaterThanOrEqual(120_000);
    expect(waited).toBeLessThan(130_000);
    expect(await core.said()).not.toContain('interrupted');
  });

  it('ends by itself where no bot is left, and the promote is not switched by a later one', async () => {
    const all = await waiting();
    const { core, bot } = all;
    await core.clock.advance(30_000);
    bot.kill();
    await core.clock.advance(30_000);
    expect([denies(all), await claims(core)]).toEqual([false, false]);
    core.replica();
    await ended(core, 'router-not-ready', early);
  });

  it('stops the promote when the router was reloaded in it', async () => {
    const all = await waiting();
    await all.core.clock.advance(31_000);
    delete all.denial.on['r1'];
    await ended(all.core, 'router-not-ready', early);
    expect(denies(all)).toBe(false);
  });

  it('stops the promote when the router does not deny writes any more', async () => {
    const all = await waiting();
    await all.core.clock.advance(31_000);
    all.denial.open.add('r1');
    await ended(all.core, 'router-not-ready', `${early}: r1 does not deny writes: HAProxy says "none"`);
    expect(denies(all)).toBe(false);
  });

  it('ends at once when the promote is cancelled, locked out, or its window ended by a person', async () => {
    for (const [command, code, cause] of [
      [{ verb: 'cancel' }, 'cancelled', 'cancelled'],
      [{ verb: 'read-write' }, 'cancelled', 'its read-only window was ended'],
      [{ verb: 'lock', reason: 'look' }, 'locked', 'locked: look'],
    ] as const) {
      const all = await waiting();
      const { core, bot } = all;
      await core.clock.advance(31_000);
      expect((await bot.submit(command)).ok).toBe(true);
      await inState(core, 'staged', 2_000);
      await core.clock.advance(2_500);
      expect([denies(all), await claims(core)]).toEqual([false, false]);
      await ended(core, code, cause);
    }
  });

  it('ends when somebody reverts meanwhile', async () => {
    const all = await waiting();
    const { core, bot } = all;
    await core.clock.advance(31_000);
    expect((await bot.submit({ verb: 'revert' })).ok).toBe(true);
    await inState(core, 'idle');
    expect(core.world.writes).toEqual([]);
    await over(core);
    expect(denies(all)).toBe(false);
  });

  it('checks color, router and gates again before the switch', async () => {
    const breaks: [(core: Core) => unknown, string][] = [
      [({ world }) => (world.colors.green.up = false), 'unhealthy'],
      [({ world }) => (world.router['r1'] = 'green'), 'router-drift'],
      [
        ({ world }) => world.unready.push({ instance: 'r1', color: 'green', detail: 'no' }),
        'router-not-ready',
      ],
    ];
    for (const [breakIt, code] of breaks) {
      const all = await waiting();
      const { core } = all;
      await core.clock.advance(100_000);
      breakIt(core);
      await core.clock.advance(10_000);
      expect(denies(all)).toBe(true);
      await inState(core, 'staged', 60_000);
      expect((await core.record()).releases[0]?.code).toBe(code);
      expect(core.world.writes).toEqual([]);
      await over(core);
      expect(denies(all)).toBe(false);
    }
  });

  it('moves no traffic where the router was reloaded between the last check and the switch', async () => {
    const all = await waiting();
    const { core, denial } = all;
    core.world.colors.green.checkMs = 1_000;
    core.watch.saved = ({ after: { op } }) => {
      if (op?.step === 'switch') delete denial.on['r1'];
    };
    await inState(core, 'staged', 140_000);
    expect(core.world.router).toEqual({ r1: 'blue' });
    expect((await core.record()).releases[0]).toMatchObject({ code: 'router-not-ready', cause: early });
    await over(core);
    expect(denies(all)).toBe(false);
  });

  it('leaves the window of the release before as it was, where its promote ends before it', async () => {
    const all = await open();
    const { core, bot } = all;
    await core.clock.advance(6_000);
    expect((await bot.submit({ verb: 'settle', actor: bob })).ok).toBe(true);
    await staged(core, bot, 'v3');
    core.world.colors.blue.up = false;
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).releases[0]?.code !== undefined);
    expect([denies(all), await claims(core)]).toEqual([true, true]);
  });
});
