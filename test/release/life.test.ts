import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { ann, bob, cleo, inState, ready, staged } from '../support/memory-core.ts';

describe('the life of a service', () => {
  it('is adopted as it runs: the color the router says, the version the color reports, epoch 1', async () => {
    const { core } = await ready();
    expect(await core.record()).toMatchObject({
      live: 'blue',
      epoch: 1,
      state: 'idle',
      colors: { blue: { role: 'live', version: 'v1' }, green: { role: 'unknown' } },
    });
    expect(core.world.writes).toEqual([]);
  });

  it('stages, promotes with one write, bakes and settles', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    expect(await core.record()).toMatchObject({ colors: { green: { role: 'staged', version: 'v2' } } });
    const answer = await bot.submit({ verb: 'promote' });
    expect(answer).toMatchObject({ ok: true });
    await inState(core, 'baking');
    expect(core.world.writes).toHaveLength(1);
    expect(core.world.writes[0]).toMatchObject({ color: 'green', epoch: 2 });
    expect(await core.record()).toMatchObject({
      live: 'green',
      epoch: 2,
      colors: { blue: { role: 'previous', version: 'v1' }, green: { role: 'live', version: 'v2' } },
    });
    await inState(core, 'idle', 20_000);
    expect(await core.said()).toContain('settled');
    expect((await core.history()).map((entry) => entry.what)).toEqual([
      'settled',
      'switch',
      'step',
      'promote',
      'staged',
      'step',
      'stage',
      'adopted',
    ]);
  });

  it.each(['baking', 'idle'] as const)(
    'reverts from %s to the color that still runs, and locks',
    async (state) => {
      const { core, bot } = await ready();
      await staged(core, bot);
      await bot.submit({ verb: 'promote' });
      await inState(core, state, 30_000);
      expect(await bot.submit({ verb: 'revert', reason: 'errors' })).toMatchObject({ ok: true });
      await core.clock.until(async () => (await core.record()).lastRevert !== null);
      expect(await core.record()).toMatchObject({
        state: 'idle',
        live: 'blue',
        epoch: 3,
        bake: null,
        colors: { blue: { role: 'live', version: 'v1' }, green: { role: 'reverted', version: 'v2' } },
        lock: { holder: { kind: 'system' }, until: null },
      });
      const again = await bot.submit({ verb: 'revert' });
      expect(again).toMatchObject({ ok: false, refusal: { code: 'nothing-to-revert-to' } });
      expect(!again.ok && plain(again.refusal.why)).toContain('@UANN reverted it');
    },
  );

  it('reverts out of a promote whose check does not end, to the recorded live color, without touching the epoch', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.faults.push('not-delivered');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => core.world.writes.length === 1);
    expect(await bot.submit({ verb: 'revert', actor: bob })).toMatchObject({ ok: true });
    await inState(core, 'idle');
    expect(await core.record()).toMatchObject({
      live: 'blue',
      epoch: 1,
      colors: { green: { role: 'reverted', version: 'v2' } },
    });
    expect(core.world.router['r1']).toBe('blue');
  });

  it('returns to staged when the new color fails its check before the switch', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.colors.green.up = false;
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.said()).includes('unhealthy'));
    expect(await core.record()).toMatchObject({
      state: 'staged',
      live: 'blue',
      epoch: 1,
      releases: [{ code: 'unhealthy' }],
    });
    expect(core.world.writes).toEqual([]);
    expect((await core.notices()).some((notice) => notice.kind === 'private' && notice.to === 'UANN')).toBe(
      true,
    );
  });

  it('ends a stage of a color that never reports the version with version-mismatch', async () => {
    const { core, bot } = await ready();
    await bot.submit({ verb: 'stage', version: 'v9' });
    await inState(core, 'idle', 60_000);
    expect(await core.record()).toMatchObject({
      releases: [{ status: 'failed', code: 'version-mismatch' }],
      colors: { green: { role: 'failed' } },
    });
  });

  it('names at once another spelling of the version that a color goes on reporting', async () => {
    const { core, bot } = await ready();
    core.world.colors.green.version = '9f3c1ab07e5d4c2b1a0f9e8d7c6b5a4938271605';
    const before = core.clock.mono();
    await bot.submit({ verb: 'stage', version: '9f3c1ab' });
    await inState(core, 'idle', 60_000);
    expect(core.clock.mono() - before).toBeLessThan(5_000);
    const [release] = (await core.record()).releases;
    expect(release).toMatchObject({ status: 'failed', code: 'version-mismatch' });
    expect(release?.cause).toMatch(
      /wanted 9f3c1ab: a longer spelling of the same id; stage what it reports$/,
    );
    expect(await core.said()).toContain('a longer spelling of the same id; stage what it reports');
  });

  it('waits on for the version while what a color reports is another one, or changes', async () => {
    const { core, bot } = await ready();
    core.world.colors.green.version = '2.0.0';
    await bot.submit({ verb: 'stage', version: 'v2.0.0' });
    await core.clock.until(() => core.world.checks.green.begun >= 2);
    core.world.colors.green.version = 'v2.0.0';
    await inState(core, 'staged', 60_000);
    expect(await core.record()).toMatchObject({ colors: { green: { version: 'v2.0.0' } } });
  });

  it('counts approvals, and starts with the requester as actor', async () => {
    const { core, bot } = await ready({ settings: { promotion: { approvals: 1, bake: '10s' } } });
    await staged(core, bot);
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
    expect((await core.record()).state).toBe('staged');
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({
      ok: false,
      refusal: { code: 'approval-needed' },
    });
    expect(await bot.submit({ verb: 'approve' })).toMatchObject({
      ok: false,
      refusal: { code: 'not-allowed' },
    });
    core.roles['UANN'] = ['operator', 'approver'];
    expect(await bot.submit({ verb: 'approve' })).toMatchObject({
      ok: false,
      refusal: { code: 'self-approval' },
    });
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({ ok: true });
    await inState(core, 'baking');
    expect(await core.record()).toMatchObject({ releases: [{ promotedBy: ann }] });
  });

  it('drops its approvals when the settings change', async () => {
    const { core, bot } = await ready({ settings: { promotion: { approvals: 1, bake: '10s' } } });
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    core.settings({ promotion: { approvals: 1, bake: '11s' } });
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({
      ok: false,
      refusal: { code: 'release-changed' },
    });
    expect((await core.record()).request).toBeNull();
  });

  it('refuses promote under a lock, but never revert', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    expect(await bot.submit({ verb: 'lock', reason: 'load test' })).toMatchObject({ ok: true });
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: false, refusal: { code: 'locked' } });
    expect(await bot.submit({ verb: 'unlock', actor: bob })).toMatchObject({
      ok: false,
      refusal: { code: 'not-allowed' },
    });
    expect(await bot.submit({ verb: 'unlock', actor: cleo })).toMatchObject({ ok: true });
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await bot.submit({ verb: 'lock', reason: 'look' });
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.record()).live === 'blue');
    expect(await core.record()).toMatchObject({ lock: { holder: ann, reason: 'look' } });
  });

  it('says of drift why the router names neither color', async () => {
    const { core } = await ready();
    core.world.why = 'no address of it is ready';
    core.world.router['r1'] = 'unknown';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    expect(await core.said()).toContain('no address of it is ready');
  });

  it('says drift once, and puts back or adopts on request', async () => {
    const { core, bot } = await ready();
    core.world.router['r1'] = 'green';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    expect((await core.said()).match(/router-drift/g)).toHaveLength(1);
    expect(await bot.submit({ verb: 'adopt' })).toMatchObject({
      ok: false,
      refusal: { code: 'not-allowed' },
    });
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.record()).drift === null);
    expect(core.world.router['r1']).toBe('blue');
    expect(await core.record()).toMatchObject({ state: 'idle', epoch: 1, lock: null });
    await core.clock.advance(40_000);
    core.world.router['r1'] = 'green';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    expect(await bot.submit({ verb: 'adopt', actor: cleo })).toMatchObject({ ok: true });
    expect(await core.record()).toMatchObject({ state: 'idle', live: 'green', epoch: 2, drift: null });
  });
});
