/** A router that takes a write at once and carries it out later, in order of arrival. */
import { describe, expect, it } from 'vitest';
import type { Color } from '../../src/release/color.ts';
import { cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** v2 is staged on green. From now on the router carries out each write `seconds` after it took it. */
async function late(seconds: number, settles = '30s'): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({
    settings: { router: { kind: 'fake', settles }, promotion: { bake: '5m' } },
  });
  await staged(core, bot);
  core.world.late = () => seconds * 1_000;
  return { core, bot };
}

const colorsWritten = (core: Core): Color[] => core.world.writes.map(({ color }) => color);

/** Everything is over: where the router and the record are, and what was told. */
async function atRest(core: Core, ms = 300_000): Promise<{ live: Color; router: unknown; whats: string[] }> {
  await core.clock.advance(ms);
  const { live, drift } = await core.record();
  expect(drift).toBeNull();
  return {
    live,
    router: core.world.router['r1'],
    whats: (await core.history()).map(({ what }) => what).toReversed(),
  };
}

describe('a promote that a slow router does not show in time', () => {
  it.each([
    [15, '30s'],
    [25, '30s'],
    [60, '90s'],
    [100, '2m'],
  ])(
    'is taken back with a write, and a write that comes %i s late is put back and announced',
    async (seconds, settles) => {
      const { core, bot } = await late(seconds, settles);
      await bot.submit({ verb: 'promote' });
      await inState(core, 'promoting');
      await inState(core, 'staged', 30_000);
      expect((await core.record()).releases[0]).toMatchObject({ status: 'staged', code: 'verify-failed' });
      expect(colorsWritten(core).at(-1)).toBe('blue');
      expect(await core.said()).toMatch(/points to blue again\. A late write of green may still arrive/);
      let strange = 0;
      for (let i = 0; i < 300; i += 1) {
        await core.clock.advance(1_000);
        const told = (await core.record()).drift !== null;
        strange = core.world.router['r1'] === 'blue' || told ? 0 : strange + 1;
        expect(strange, 'seconds on a release that no record has, untold').toBeLessThan(6);
      }
      const end = await atRest(core);
      expect(end).toMatchObject({ live: 'blue', router: 'blue' });
      expect(end.whats).toContain('put-back');
    },
  );

  it('is written five times at most, at growing intervals', async () => {
    const { core, bot } = await late(60);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    await inState(core, 'staged', 30_000);
    const at = core.world.writes.filter(({ color }) => color === 'green').map((write) => write.at);
    expect(at.length).toBeLessThanOrEqual(5);
    const gaps = at.slice(1).map((each, i) => each - (at[i] ?? 0));
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
    expect(colorsWritten(core).filter((color) => color === 'blue')).toHaveLength(1);
  });

  it('is taken back as a step that was done, after a switch that failed', async () => {
    const { core, bot } = await late(60);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    await inState(core, 'staged', 30_000);
    const steps = (await core.record()).releases[0]?.steps ?? [];
    expect(steps.slice(-2)).toMatchObject([
      { name: 'switch', status: 'failed', detail: 'the router says blue' },
      { name: 'undo', status: 'done' },
    ]);
    expect(steps.at(-1)).not.toHaveProperty('detail');
  });

  it.each([10, 10.5, 11])(
    'is taken back, and does not get stuck, when it shows %d s late: as the time to verify ends',
    async (seconds) => {
      const { core, bot } = await late(seconds);
      await bot.submit({ verb: 'promote' });
      await inState(core, 'promoting');
      await inState(core, 'staged', 60_000);
      expect(await atRest(core)).toMatchObject({ live: 'blue', router: 'blue' });
      expect(await core.said()).not.toContain('stuck');
    },
  );

  it.each([12, 20])(
    'is taken back by a successor, and does not get stuck, when writes are carried out %d s late',
    async (seconds) => {
      const { core, bot } = await late(seconds);
      await bot.submit({ verb: 'promote' });
      await written(core);
      bot.kill();
      core.replica();
      await inState(core, 'staged', 60_000);
      expect(await atRest(core)).toMatchObject({ live: 'blue', router: 'blue' });
      expect(await core.said()).not.toContain('stuck');
    },
  );

  it('gets stuck when the router takes the write that takes it back, and never carries it out', async () => {
    const { core, bot } = await late(10.5);
    core.watch.saved = ({ after }) => {
      if (after.op?.step === 'undo') core.world.late = () => 3_600_000;
    };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    await inState(core, 'stuck', 60_000);
    expect(await core.said()).not.toContain('points to blue again');
  });

  it('gets stuck when the router does not take the write that takes it back, at any color of the router', async () => {
    const { core, bot } = await late(60);
    core.watch.saved = ({ after }) => {
      if (after.op?.step === 'undo') core.world.refusing.add('r1');
    };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'stuck', 30_000);
    expect(await core.said()).not.toContain('points to blue again');
  });

  it('is live when the router shows it within the deadline, and was written once when that took less than half a second', async () => {
    const { core, bot } = await late(0.4);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking', 5_000);
    expect(colorsWritten(core)).toEqual(['green']);
    expect((await core.record()).late).toBeUndefined();
  });
});

/** Waits until the router was written to, and not a moment longer. */
async function written(core: Core, count = 1): Promise<void> {
  await core.clock.until(() => core.world.writes.length >= count);
}

describe('a write that is still on its way', () => {
  it('is written over by the successor of a process that died after it, when that undoes the promote', async () => {
    const { core, bot } = await late(20);
    core.world.probe = { verdict: 'other', detail: 'answered 503' };
    await bot.submit({ verb: 'promote' });
    await written(core);
    bot.kill();
    const next = core.replica();
    await inState(core, 'staged', 30_000);
    expect(core.world.writes.filter(({ by }) => by === next.name).at(-1)).toMatchObject({
      color: 'blue',
      was: 'blue',
      outcome: 'taken',
    });
    const end = await atRest(core);
    expect(end).toMatchObject({ live: 'blue', router: 'blue' });
  });

  it('is written over by a revert to the color that the router says already', async () => {
    const { core, bot } = await late(20);
    await bot.submit({ verb: 'promote' });
    await written(core);
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle', 10_000);
    expect(core.world.writes.at(-1)).toMatchObject({ color: 'blue', was: 'blue' });
    expect(await core.said()).toMatch(/the router pointed there already\. A late write of green may still/);
    const end = await atRest(core);
    expect(end).toMatchObject({ live: 'blue', router: 'blue' });
  });

  it('is written over by a revert after its promote hung, also of a process that knows only the record', async () => {
    const { core, bot } = await late(40, '60s');
    core.watch.saved = ({ after }) => {
      if (after.op?.step === 'undo') core.world.refusing.add('r1');
    };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    await inState(core, 'stuck', 30_000);
    core.world.refusing.clear();
    bot.kill();
    await core.replica().submit({ verb: 'revert' });
    await inState(core, 'idle', 20_000);
    expect(core.world.writes.at(-1)).toMatchObject({ color: 'blue', was: 'blue' });
    const end = await atRest(core);
    expect(end).toMatchObject({ live: 'blue', router: 'blue' });
  });

  it('is not written over once it can come no more', async () => {
    const { core, bot } = await late(0, '5s');
    core.world.late = undefined;
    core.watch.saved = ({ after }) => {
      if (after.op?.step === 'undo') core.world.refusing.add('r1');
    };
    core.world.faults = Array.from({ length: 9 }, () => 'not-delivered' as const);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    await inState(core, 'stuck', 30_000);
    core.world.refusing.clear();
    core.world.faults = [];
    await core.clock.advance(6_000);
    const before = core.world.writes.length;
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle', 10_000);
    expect(core.world.writes.length).toBe(before);
  });

  it('is put back after adopt took over what the router said, out of stuck', async () => {
    const { core, bot } = await late(25);
    core.watch.saved = ({ after }) => {
      if (after.op?.step === 'undo') core.world.refusing.add('r1');
    };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    await inState(core, 'stuck', 30_000);
    core.world.refusing.clear();
    expect(core.world.router['r1']).toBe('blue');
    expect((await bot.submit({ verb: 'adopt', actor: cleo })).ok).toBe(true);
    const end = await atRest(core);
    expect(end).toMatchObject({ live: 'blue', router: 'blue' });
    expect(end.whats).toContain('put-back');
  });

  it('is put back also when a promote of the same color was verified meanwhile, and it is of the undo before that', async () => {
    const { core, bot } = await late(15);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    await inState(core, 'staged', 30_000);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking', 30_000);
    const end = await atRest(core, 200_000);
    expect(end).toMatchObject({ live: 'green', router: 'green' });
  });

  it('keeps a deploy onto its color waiting', async () => {
    const { core, bot } = await late(20);
    core.world.deploy = { state: 'running', started: [] };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    await inState(core, 'staged', 30_000);
    await bot.submit({ verb: 'stage', version: 'v3' });
    await core.clock.advance(5_000);
    expect(core.world.deploy.started).toEqual([]);
    await inState(core, 'idle', 30_000);
    expect((await core.record()).releases[0]).toMatchObject({ status: 'failed', code: 'router-drift' });
    expect(core.world.deploy.started).toEqual([]);
    const end = await atRest(core);
    expect(end).toMatchObject({ live: 'blue', router: 'blue' });
    await bot.submit({ verb: 'stage', version: 'v3' });
    await core.clock.advance(5_000);
    expect(core.world.deploy.started).toHaveLength(1);
  });
});

describe('a revert of a slow router', () => {
  it('writes at most sixteen times in two minutes', async () => {
    const { core, bot } = await late(0);
    core.world.late = undefined;
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.late = () => 600_000;
    const before = core.world.writes.length;
    await bot.submit({ verb: 'revert' });
    await inState(core, 'stuck', 130_000);
    expect(core.world.writes.length - before).toBeLessThanOrEqual(16);
  });

  it('is prompt when a router comes back that did not answer for a while', async () => {
    const { core, bot } = await late(0);
    core.world.late = undefined;
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.watch.saved = ({ after }) => {
      if (after.op?.step === 'switch') core.world.silent.add('r1');
    };
    await bot.submit({ verb: 'revert' });
    await core.clock.advance(70_000);
    expect(await core.record()).toMatchObject({ state: 'reverting', live: 'green' });
    core.world.silent.clear();
    await inState(core, 'idle', 1_500);
  });

  it.each([7, 12, 18])(
    'ends on the record, or as drift, when writes are carried out within 29 s in any order (seed %i)',
    async (seed) => {
      let state = seed;
      const { core, bot } = await late(0);
      core.world.late = () => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return (state / 2_147_483_648) * 29_000;
      };
      for (let i = 0; i < 4; i += 1) {
        await bot.submit({ verb: 'promote' });
        await core.clock.advance(7_000);
        await bot.submit({ verb: 'revert' });
        await core.clock.advance(9_000);
        await bot.submit({ verb: 'unlock' });
        await bot.submit({ verb: 'stage', version: 'v2' });
        await core.clock.advance(9_000);
      }
      await core.clock.advance(300_000);
      const { live, drift, state: at } = await core.record();
      expect([at === 'stuck' ? 'stuck' : undefined, core.world.router['r1']]).toContain(
        at === 'stuck' ? 'stuck' : (drift?.saw ?? live),
      );
    },
  );
});
