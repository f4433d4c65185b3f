import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

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
    // When it really ended: alerts are set against the release for a while after that.
    const { settledAt = 0 } = (await core.record()).releases[0] ?? {};
    expect(settledAt).toBeGreaterThanOrEqual(from + 2_000);
  });

  it('counts good checks again from its end when it was unhealthy then', async () => {
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
    expect(await core.said()).toContain('blue v1, the version to go back to, is down');
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

  it('settles only after three good checks past its end when it was unhealthy before', async () => {
    const { core } = await baking();
    const { until } = (await core.record()).bake ?? { until: 0 };
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await verdict(core)) === 'unhealthy');
    core.world.colors.green.up = true;
    await core.clock.until(async () => (await verdict(core)) === 'healthy', 5_000);
    await inState(core, 'idle', 20_000);
    expect(core.clock.now() - until).toBeGreaterThanOrEqual(2_000);
    expect(core.clock.now() - until).toBeLessThan(6_000);
  });

  it('is checked while its hooks are under way, and does not settle before they end', async () => {
    const { core, bot } = await ready();
    core.world.hooks.push({ at: 'after-switch', onFailure: 'stop', ok: true, takesMs: 300_000, calls: [] });
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await verdict(core)) === 'unhealthy', 5_000);
    core.world.colors.green.up = true;
    await core.clock.advance(280_000);
    expect(await core.record()).toMatchObject({ state: 'baking', bake: { hooksDone: false } });
    await inState(core, 'idle', 30_000);
    expect(core.world.hooks[0]?.calls).toHaveLength(1);
  });

  it('lets its hooks end after a settle, and drops them when another color is live', async () => {
    const { core, bot } = await ready();
    const hook = { at: 'after-switch' as const, onFailure: 'warn' as const, ok: true, takesMs: 60_000 };
    core.world.hooks.push({ ...hook, calls: [] });
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await core.clock.advance(2_000);
    await bot.submit({ verb: 'settle', actor: bob });
    await bot.submit({ verb: 'revert' });
    await core.clock.advance(2_000);
    await bot.submit({ verb: 'unlock' });
    await staged(core, bot, 'v3');
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await verdict(core)) === 'unhealthy', 6_000);
    expect(core.world.hooks[0]?.calls).toHaveLength(2);
  });

  it.each([1, 2])(
    'has one watcher when a check takes longer than its due lease (replicas: %i)',
    async (n) => {
      const { core, bot } = await ready({ settings: { promotion: { bake: '30m' } } });
      for (let i = 1; i < n; i += 1) core.replica();
      await staged(core, bot);
      await bot.submit({ verb: 'promote' });
      await inState(core, 'baking');
      await core.clock.advance(3_000);
      Object.assign(core.world.colors.green, { up: false, checkMs: 5_000 });
      core.world.checks.green.most = 0;
      await core.clock.until(async () => (await verdict(core)) === 'unhealthy', 25_000);
      await core.clock.advance(60_000);
      expect(core.world.checks.green.most).toBe(1);
    },
  );

  it('is not watched twice while the storage hesitates', async () => {
    const { core } = await baking();
    const { begun } = core.world.checks.green;
    core.world.storage.away = true;
    await core.clock.advance(300);
    core.world.storage.away = false;
    await core.clock.advance(5_000);
    expect(core.world.checks.green.begun - begun).toBeLessThanOrEqual(7);
    expect(core.world.checks.green.begun - begun).toBeGreaterThanOrEqual(2);
  });

  it('unhealthy by a hook that failed settles only after three good checks past its end', async () => {
    const { core, bot } = await ready();
    core.world.hooks.push({ at: 'after-switch', onFailure: 'stop', ok: false, calls: [] });
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await verdict(core)) === 'unhealthy');
    expect((await core.history())[0]).toMatchObject({ code: 'hook-failed' });
    const { until } = (await core.record()).bake ?? { until: 0 };
    await core.clock.advance(until - core.clock.now() + 1_000);
    expect(await core.record()).toMatchObject({ state: 'baking', bake: { verdict: 'unhealthy' } });
    await inState(core, 'idle', 10_000);
    expect(core.clock.now() - until).toBeGreaterThanOrEqual(2_000);
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
  it('expires: the requester is notified, the release stays staged, and approving says so', async () => {
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

describe('a bake with both colors down', () => {
  it.each(['green first', 'blue first'])(
    'says of each that the other is down, too, and advises no revert: %s',
    async (how) => {
      const { core } = await baking();
      const [one, two] = how === 'green first' ? (['green', 'blue'] as const) : (['blue', 'green'] as const);
      const told = (color: 'blue' | 'green', bake: ServiceRecord['bake']): boolean =>
        color === 'green' ? bake?.verdict === 'unhealthy' : bake?.wayBack === 'dead';
      core.world.colors[one].up = false;
      await core.clock.until(async () => told(one, (await core.record()).bake));
      core.world.colors[two].up = false;
      await core.clock.until(async () => told(two, (await core.record()).bake));
      const words = plain((await core.notices()).at(-1)?.text ?? []);
      expect(words).toMatch(
        two === 'blue'
          ? /^🚨 checkout: green v2 is unhealthy, and blue v1 is down too now\. If nothing that both share is broken, start blue again, then press Revert/u
          : /^checkout v2 \(#1\) is unhealthy on green, and blue v1 is down too\. If nothing that both share is broken, start blue again, then press Revert/,
      );
      expect(words).toContain('Until blue answers, Revert is refused unless forced.');
      expect(words).not.toContain('Revert goes back');
    },
  );
});
