import { describe, expect, it } from 'vitest';
import { formatDuration } from '../../src/release/duration.ts';
import { limits } from '../../src/release/limits.ts';
import { inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

describe('an operation whose process died', () => {
  it.each([
    ['goes on within 5 s when another replica is up', 0],
    ['goes on when a replica starts within 2 minutes', 100_000],
  ])('%s: a promote without its intent passes all gates again', async (_, pauseMs) => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, takesMs: 60_000, calls: [] });
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(500);
    bot.kill();
    await core.clock.advance(pauseMs);
    const from = core.clock.mono();
    core.world.hooks = [];
    core.replica();
    await inState(core, 'baking', 20_000);
    expect(core.clock.mono() - from).toBeLessThan(5_000);
    expect(await core.said()).toContain('Another process took over');
    expect((await core.history()).map((entry) => entry.what)).toContain('taken-over');
  });

  it('goes on within 5 s when the clock of the storage was set back', async () => {
    const { core, bot } = await ready();
    core.replica();
    await promoting(core, bot);
    bot.kill();
    core.clock.setBack(600_000);
    expect(await takenOverAfter(core)).toBeLessThanOrEqual(5_000);
    await inState(core, 'baking', 20_000);
    expect(core.world.writes).toHaveLength(1);
  });

  it('stays with its process when that lives and the clock of the storage was set back', async () => {
    const { core, bot } = await ready();
    core.replica();
    await promoting(core, bot);
    core.clock.setBack(600_000);
    await inState(core, 'baking', 20_000);
    expect(core.world.writes.map((write) => write.by)).toEqual([bot.name]);
    expect((await core.history()).map((entry) => entry.what)).not.toContain('taken-over');
  });

  it('is undone no later than otherwise when the clock of the storage was set back', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.probe = { verdict: 'other', detail: 'blue answered' };
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => core.world.writes.length > 0);
    core.clock.setBack(600_000);
    bot.kill();
    core.replica();
    await inState(core, 'staged', 30_000);
    expect(core.world.router['r1']).toBe('blue');
  });

  it('returns to staged when nobody carried its promote on for over 2 minutes', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, takesMs: 60_000, calls: [] });
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(500);
    bot.kill();
    await core.clock.advance(125_000);
    core.replica();
    await inState(core, 'staged', 10_000);
    expect(await core.record()).toMatchObject({
      releases: [{ status: 'staged', code: 'interrupted' }],
      op: null,
    });
    expect(core.world.writes).toEqual([]);
  });

  it('ends interrupted when nobody carried its stage on for over 2 minutes', async () => {
    const { core, bot } = await ready();
    core.world.colors.green.version = 'v2';
    await bot.submit({ verb: 'stage', version: 'v2' });
    await core.clock.advance(500);
    bot.kill();
    await core.clock.advance(125_000);
    core.replica();
    await inState(core, 'idle', 10_000);
    expect(await core.record()).toMatchObject({ releases: [{ status: 'failed', code: 'interrupted' }] });
  });

  it('is completed however late when it is a revert', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.faults.push('not-delivered');
    await bot.submit({ verb: 'revert' });
    await core.clock.advance(100);
    bot.kill();
    await core.clock.jump(6 * 3_600_000);
    core.replica();
    await inState(core, 'idle', 10_000);
    expect(await core.record()).toMatchObject({
      live: 'blue',
      epoch: 3,
      lock: { holder: { kind: 'system' } },
    });
  });

  it('is completed or undone when it is a promote whose intent is saved, on two answers a second apart', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.faults.push({ late: 3_000 });
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(100);
    bot.kill();
    await core.clock.jump(3_600_000);
    const next = core.replica();
    const from = core.clock.mono();
    await inState(core, 'baking', 10_000);
    const asks = core.world.asks.filter((ask) => ask.by === next.name && ask.at >= from);
    expect((asks.at(-1)?.at ?? 0) - (asks[0]?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect(await core.record()).toMatchObject({ live: 'green', epoch: 2 });
  });

  it('is reported to have lasted since its intent was saved, by any process', async () => {
    const { core, bot } = await ready();
    core.replica();
    await staged(core, bot);
    core.world.faults.push('not-delivered');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).op?.intentAt !== undefined);
    const { intentAt = 0 } = (await core.record()).op ?? {};
    bot.kill();
    await inState(core, 'baking', 10_000);
    const { switchMs = 0, promotedAt = 0 } = (await core.record()).releases[0] ?? {};
    expect(switchMs).toBeGreaterThan(limits.leaseMs);
    expect(Math.abs(promotedAt - intentAt - switchMs)).toBeLessThan(100);
    expect(await core.said()).toContain(`switched and verified in ${formatDuration(switchMs)}`);
  });

  it('is finished within 3 s by another replica when its process is killed in the switch', async () => {
    const { core, bot } = await ready();
    core.replica();
    await staged(core, bot);
    core.world.faults.push('not-delivered');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => core.world.writes.length > 0);
    bot.kill();
    const from = core.clock.mono();
    await inState(core, 'baking', 10_000);
    expect(core.clock.mono() - from).toBeLessThan(3_000);
  });

  it('switches a router whose writes may take 2 s, under a lease that covers them', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.writeMs = 2_000;
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking', 2_000);
    expect(core.world.writes).toMatchObject([{ by: bot.name, holder: bot.name, outcome: 'taken' }]);
  });

  it('is not carried on by a process that slept through its lease while another took it up', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, takesMs: 8_000, calls: [] });
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(500);
    bot.pause();
    const other = core.replica();
    await inState(core, 'baking', 20_000);
    bot.resume();
    await core.clock.advance(40_000);
    expect(core.world.writes.map((write) => write.by)).toEqual([other.name]);
    expect(await core.record()).toMatchObject({ live: 'green', epoch: 2, drift: null });
  });

  it('is not ended by a save of before its process went on with it, which arrives late', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.watch.saving = ({ history }) => {
      if (!history.some((entry) => entry.what === 'reverted')) return;
      core.world.storage.faults.push('late');
      // Meanwhile somebody else points the router to green, and it takes no more writes.
      core.world.router['r1'] = 'green';
      core.world.refusing.add('r1');
    };
    await bot.submit({ verb: 'revert' });
    await core.clock.advance(5_000);
    expect(await core.record()).toMatchObject({ state: 'reverting', live: 'green' });
    core.watch.saving = () => {};
    core.world.refusing.clear();
    await inState(core, 'idle', 10_000);
    expect(await core.record()).toMatchObject({ live: 'blue' });
    expect(core.world.router['r1']).toBe('blue');
  });

  it.each([0, 300, 700, 1_200, 2_000])(
    'goes on within 5 s when its process also tended the service, accepted %i ms after that began',
    async (ms) => {
      const { core, bot } = await reverted({ takesMs: 60_000 });
      await core.clock.until(() => core.world.hooks[0]?.calls.length === 1);
      await core.clock.advance(ms);
      await staging(bot);
      core.replica();
      bot.kill();
      expect(await takenOverAfter(core)).toBeLessThanOrEqual(5_000);
    },
  );

  it('goes on within 5 s while another replica tends the service for minutes, which it does not disturb', async () => {
    const { core } = await reverted({ takesMs: 300_000 });
    await core.clock.until(() => core.world.hooks[0]?.calls.length === 1);
    const other = core.replica();
    await core.clock.advance(2_000);
    await staging(other);
    other.kill();
    expect(await takenOverAfter(core)).toBeLessThanOrEqual(5_000);
    await core.clock.advance(310_000);
    expect(core.world.hooks[0]?.calls).toHaveLength(1);
    expect((await core.record()).afterRevert).toBeNull();
  });

  it('goes on within 5 s while another replica waits for a router that is slow to answer', async () => {
    const { core } = await reverted();
    const other = core.replica();
    core.world.askMs = 8_000;
    // A look holds the lease only where it may have to write.
    for (const instance of Object.keys(core.world.router)) core.world.router[instance] = 'green';
    await core.clock.until(async () => (await core.loaded()).lease !== null, 10_000);
    await staging(other);
    other.kill();
    core.world.askMs = 0;
    expect(await takenOverAfter(core)).toBeLessThanOrEqual(5_000);
  });
});

/** v2 promoted and reverted by a replica of its own, with an after-revert hook that takes so long. */
async function reverted({ takesMs = 0 } = {}): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ settings: { hooks: [{ at: 'after-revert' }] } });
  core.world.hooks.push({ at: 'after-revert', onFailure: 'warn', ok: true, takesMs, calls: [] });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await bot.submit({ verb: 'revert' });
  await inState(core, 'idle');
  await bot.submit({ verb: 'unlock' });
  return { core, bot };
}

/** A promote that waits for a hook before its switch. */
async function promoting(core: Core, bot: Replica): Promise<void> {
  await staged(core, bot);
  core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, takesMs: 9_000, calls: [] });
  await bot.submit({ verb: 'promote' });
  await core.clock.advance(500);
}

/** A stage that goes on until its color reports v3. */
async function staging(replica: Replica): Promise<void> {
  const answer = await replica.submit({ verb: 'stage', version: 'v3' });
  expect(answer.ok).toBe(true);
}

/** How long it takes from now until somebody takes the operation up, ms. */
async function takenOverAfter(core: Core): Promise<number> {
  const from = core.clock.mono();
  await core.clock.until(async () => (await core.history()).some((entry) => entry.what === 'taken-over'));
  return core.clock.mono() - from;
}
