import { describe, expect, it } from 'vitest';
import { bob, cleo, inState, ready, staged } from '../support/core.ts';
import type { Core, Replica } from '../support/core.ts';

async function baking(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  return { core, bot };
}

const verdict = async (core: Core): Promise<string | undefined> => (await core.record()).bake?.verdict;

describe('a bake', () => {
  it('is unhealthy after three bad checks in a row, not after two, and says so with buttons', async () => {
    const { core } = await baking();
    core.world.colors.green.up = false;
    await core.clock.advance(1_500);
    core.world.colors.green.up = true;
    await core.clock.advance(1_000);
    core.world.colors.green.up = false;
    await core.clock.advance(2_000);
    expect(await verdict(core)).toBe('healthy');
    await core.clock.advance(1_500);
    expect(await verdict(core)).toBe('unhealthy');
    const notice = (await core.notices()).at(-1);
    expect(notice).toMatchObject({ kind: 'broadcast', buttons: 'unhealthy', to: 'UANN' });
  });

  it('is healthy again after three good checks within its time, and settles at its end', async () => {
    const { core } = await baking();
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await verdict(core)) === 'unhealthy');
    core.world.colors.green.up = true;
    await core.clock.until(async () => (await verdict(core)) === 'healthy', 5_000);
    expect(await core.said()).toContain('healthy again');
    await inState(core, 'idle', 10_000);
  });

  it('does not settle unhealthy: only after three good checks past its end', async () => {
    const { core } = await baking();
    const { until } = (await core.record()).bake ?? { until: 0 };
    core.world.colors.green.up = false;
    await core.clock.advance(60_000);
    expect(await core.record()).toMatchObject({ state: 'baking', bake: { verdict: 'unhealthy' } });
    core.world.colors.green.up = true;
    const from = core.clock.now();
    expect(from).toBeGreaterThan(until);
    await inState(core, 'idle', 10_000);
    expect(core.clock.now() - from).toBeGreaterThanOrEqual(2_000);
  });

  it('counts good checks anew from its end when it was unhealthy then', async () => {
    const { core } = await baking();
    const { until } = (await core.record()).bake ?? { until: 0 };
    core.world.colors.green.up = false;
    await core.clock.advance(until - core.clock.now() - 1_500);
    core.world.colors.green.up = true;
    await inState(core, 'idle', 20_000);
    expect(core.clock.now() - until).toBeGreaterThanOrEqual(2_000);
  });

  it('says at once when the way back dies, and when it answers again', async () => {
    const { core } = await baking();
    core.world.colors.blue.up = false;
    await core.clock.advance(4_000);
    expect(await core.record()).toMatchObject({ bake: { verdict: 'healthy', wayBack: 'dead' } });
    expect(await core.said()).toContain('the way back of checkout is dead');
    core.world.colors.blue.up = true;
    await core.clock.advance(4_000);
    expect(await core.record()).toMatchObject({ bake: { wayBack: 'alive' } });
  });

  it('is ended early by an approver while healthy, and otherwise only by an admin by force', async () => {
    const { core, bot } = await baking();
    expect(await bot.submit({ verb: 'settle' })).toMatchObject({ refusal: { code: 'not-allowed' } });
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await verdict(core)) === 'unhealthy');
    expect(await bot.submit({ verb: 'settle', actor: bob })).toMatchObject({
      refusal: { code: 'unhealthy' },
    });
    expect(await bot.submit({ verb: 'settle', actor: bob, force: 'known' })).toMatchObject({
      refusal: { code: 'not-allowed' },
    });
    expect(await bot.submit({ verb: 'settle', actor: cleo, force: 'known' })).toMatchObject({ ok: true });
    expect(await core.record()).toMatchObject({
      state: 'idle',
      bake: null,
      colors: { blue: { role: 'previous' } },
    });
  });

  it('never settles by itself after a hook that stops has failed', async () => {
    const { core, bot } = await ready();
    core.world.hooks.push({ at: 'after-switch', onFailure: 'stop', ok: false, calls: [] });
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await verdict(core)) === 'unhealthy');
    expect((await core.history())[0]).toMatchObject({ code: 'hook-failed' });
    await core.clock.advance(60_000);
    expect((await core.record()).state).toBe('baking');
    expect(core.world.hooks[0]?.calls).toHaveLength(1);
  });

  it('is watched on by another replica when its own dies', async () => {
    const { core, bot } = await baking();
    bot.kill();
    core.replica();
    core.world.colors.green.up = false;
    await core.clock.advance(20_000);
    expect(await verdict(core)).toBe('unhealthy');
  });
});

describe('a request for approvals', () => {
  it('expires: the requester is told, the release stays staged, and approving says so', async () => {
    const { core, bot } = await ready({ settings: { promotion: { approvals: 1, approvalExpires: '60s' } } });
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(61_000);
    expect(await core.record()).toMatchObject({ state: 'staged', request: { status: 'expired' } });
    expect((await core.notices()).at(-1)).toMatchObject({ kind: 'broadcast', to: 'UANN' });
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({
      refusal: { code: 'approval-expired' },
    });
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
    expect((await core.record()).request?.status).toBe('open');
  });
});
