/** Settings stored with an operation that cannot be read any more, since a name in them is gone after a rollout. */
import { describe, expect, it } from 'vitest';
import { explainGates } from '../../src/release/explain-gates.ts';
import { ann, bob, inState, openCore, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** v2 live on green and settled, v1 the way back, with settings that need a name; a replica that lacks it starts later. */
async function settled(settings = {}): Promise<{ core: Core; bot: Replica }> {
  const deploy = { kind: 'webhook', url: 'http://127.0.0.1:3/${DEPLOY}' };
  const core = openCore({ settings: { deploy, ...settings } });
  core.world.deploy = { state: 'succeeded', started: [] };
  const bot = core.replica();
  await inState(core, 'idle');
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 60_000);
  return { core, bot };
}

/** Kills the only replica; the next one has new settings, and not the name that the stored ones need. */
function rollout(core: Core, bot: Replica): Replica {
  bot.kill();
  core.gone.add('DEPLOY');
  core.settings({ deploy: { kind: 'none' }, channel: 'C1' });
  return core.replica();
}

describe('an operation whose stored settings cannot be read', () => {
  it.each([
    ['ends interrupted', false],
    ['ends cancelled when that was asked for', true],
  ])('%s when it is a stage, and the way back stays', async (_, cancels) => {
    const { core, bot } = await settled();
    core.world.askMs = 60_000;
    await bot.submit({ verb: 'stage', version: 'v3' });
    if (cancels) await bot.submit({ verb: 'cancel' });
    core.world.askMs = 0;
    const next = rollout(core, bot);
    await inState(core, 'idle', 15_000);
    expect(await core.record()).toMatchObject({
      colors: { blue: { role: 'previous', version: 'v1' } },
      releases: [
        cancels ? { status: 'dropped', code: 'cancelled' } : { status: 'failed', code: 'interrupted' },
        { status: 'live' },
      ],
    });
    expect(await next.submit({ verb: 'revert' })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.record()).lastRevert !== null);
    expect((await core.record()).live).toBe('blue');
  });

  it('is said to be unreadable, by the name that is gone', async () => {
    const { core, bot } = await settled();
    core.world.deploy = { state: 'running', started: [] };
    await bot.submit({ verb: 'stage', version: 'v3' });
    await core.clock.advance(1_000);
    rollout(core, bot);
    await inState(core, 'idle', 15_000);
    expect(await core.said()).toContain('the settings stored with it can no longer be read');
  });

  it('gives way to a revert that waits, which goes on with the settings of now', async () => {
    const { core, bot } = await settled();
    core.world.deploy = { state: 'running', started: [] };
    await bot.submit({ verb: 'stage', version: 'v3' });
    await core.clock.advance(1_000);
    core.world.colors.blue.version = 'v1';
    const other = core.replica();
    bot.kill();
    expect(await other.submit({ verb: 'revert', actor: bob })).toMatchObject({ ok: true });
    rollout(core, other);
    await core.clock.until(async () => (await core.record()).lastRevert !== null, 15_000);
    expect(await core.record()).toMatchObject({ live: 'blue', lastRevert: { actor: { user: 'UBOB' } } });
    expect((await core.record()).settings).toMatchObject({ deploy: { kind: 'none' } });
  });

  it('returns to staged when it is a promote that has not touched the router', async () => {
    const { core, bot } = await settled();
    await staged(core, bot, 'v3');
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, takesMs: 60_000, calls: [] });
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(500);
    rollout(core, bot);
    await inState(core, 'staged', 15_000);
    expect((await core.record()).releases[0]).toMatchObject({ status: 'staged', code: 'interrupted' });
  });

  it('ends stuck, past its deadline, when it is a promote that has, and can be reverted from there', async () => {
    const { core, bot } = await settled();
    await staged(core, bot, 'v3');
    core.world.faults.push('not-delivered');
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(100);
    const next = rollout(core, bot);
    await inState(core, 'stuck', 30_000);
    expect(await core.record()).toMatchObject({
      op: { kind: 'promote' },
      releases: [{ status: 'stuck', code: 'interrupted' }, {}],
    });
    expect(await next.submit({ verb: 'revert' })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.record()).lastRevert !== null);
    expect(await core.record()).toMatchObject({ state: 'idle', live: 'green' });
  });

  it('goes on with the settings of now when it is a revert', async () => {
    const { core, bot } = await settled();
    core.world.faults.push('not-delivered');
    await bot.submit({ verb: 'revert' });
    await core.clock.advance(100);
    rollout(core, bot);
    await inState(core, 'idle', 15_000);
    expect(await core.record()).toMatchObject({ live: 'blue', epoch: 3 });
    expect(await core.said()).toContain('It continues with the configured ones');
  });

  it('ends stuck when it is a revert of a service that is configured no more', async () => {
    const { core, bot } = await settled();
    core.world.faults.push('not-delivered');
    await bot.submit({ verb: 'revert' });
    await core.clock.advance(100);
    bot.kill();
    core.gone.add('DEPLOY');
    core.services.length = 0;
    core.replica();
    await inState(core, 'stuck', 150_000);
    expect((await core.record()).op).toMatchObject({ kind: 'revert' });
  });
});

describe('an operation of a service that left the file meanwhile', () => {
  const promoting = async (): Promise<Core> => {
    const { core, bot } = await settled();
    await staged(core, bot, 'v3');
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, takesMs: 9_000, calls: [] });
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(500);
    bot.kill();
    core.services.length = 0;
    return core;
  };

  it('goes on with the settings that a bot stored with it', async () => {
    const core = await promoting();
    core.replica();
    await core.clock.until(async () => (await core.record()).live === 'blue', 30_000);
    await inState(core, 'idle', 30_000);
    expect(await core.said()).toContain('checkout #2 v3 is settled');
  });

  it('ends, and asks nobody, where nothing shows that a bot stored them', async () => {
    const core = await promoting();
    const { seal: _, ...rest } = await core.record();
    await core.plant('checkout', JSON.stringify(rest));
    const asked = core.world.asks.length;
    core.replica();
    await inState(core, 'staged', 30_000);
    await core.clock.advance(130_000);
    expect(core.world.asks.length).toBe(asked);
    expect(await core.said()).toContain('nothing proves that a bot with this Slack token stored them');
  });
});

describe('a service that left the file, with stored settings that cannot be used', () => {
  it('says so, in why and in revert', async () => {
    const { core, bot } = await settled();
    core.services.length = 0;
    core.unusable.add('checkout');
    const refusal = { code: 'unknown-service', why: expect.arrayContaining([{ code: 'checkout' }]) };
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({ refusal });
    expect(await explainGates(bot.parts, 'checkout', ann)).toMatchObject({
      promote: [{ gate: 'settings', refusal }],
      revert: [{ gate: 'settings', refusal }],
    });
  });
});

describe('a bake whose stored settings cannot be read', () => {
  const baking = async (): Promise<{ core: Core; bot: Replica }> => {
    const { core, bot } = await settled();
    await staged(core, bot, 'v3');
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    return { core, bot };
  };

  it('is watched with the settings of now, and settles', async () => {
    const { core, bot } = await baking();
    rollout(core, bot);
    await inState(core, 'idle', 60_000);
    expect(await core.record()).toMatchObject({ live: 'blue', settings: { deploy: { kind: 'none' } } });
    expect(await core.said()).toContain('It is watched with the configured ones');
  });

  it('goes on when no replica can read them, which is said once, and is watched again by one that can', async () => {
    const { core, bot } = await baking();
    bot.kill();
    core.services.length = 0;
    const gone = new Set(['DEPLOY']);
    for (const name of ['one', 'two']) core.replica(name, { gone });
    await core.clock.advance(600_000);
    expect(await core.record()).toMatchObject({
      state: 'baking',
      bake: { verdict: 'healthy', unwatched: true },
    });
    expect(
      (await core.said()).match(/Nobody watches checkout: .*A name in the settings is not set/g),
    ).toHaveLength(1);
    core.replica('three');
    await inState(core, 'idle', 10_000);
    expect(await core.said()).toContain('checkout is watched again');
  });
});

describe('hooks after a revert whose stored settings cannot be read', () => {
  it('are said not to have been called when the service is configured no more', async () => {
    const { core, bot } = await settled({ hooks: [{ at: 'after-revert' }] });
    core.world.hooks.push({ at: 'after-revert', onFailure: 'warn', ok: true, takesMs: 600_000, calls: [] });
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).afterRevert != null);
    bot.kill();
    core.gone.add('DEPLOY');
    core.services.length = 0;
    core.replica();
    await core.clock.until(async () => (await core.record()).afterRevert == null, 150_000);
    expect(await core.said()).toContain('the hooks are no longer known and were not called');
  });
});
