import { describe, expect, it } from 'vitest';
import type { Watched } from '../../src/release/ports.ts';
import { bob, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const bad: Watched = { is: 'bad', reason: 'errors: 0.07 is above 0.05' };
const unknown: Watched = { is: 'unknown', reason: 'errors: Prometheus cannot be asked: connection refused' };

/** A release that bakes for a minute, and what is measured of it from now on. */
async function baking(now: Watched = { is: 'good' }): Promise<{ core: Core; bot: Replica; until: number }> {
  const { core, bot } = await ready({ settings: { promotion: { bake: '60s' } } });
  core.world.measured = { now: { is: 'good' }, asked: [] };
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  core.world.measured.now = now;
  const { until } = (await core.record()).bake ?? { until: 0 };
  return { core, bot, until };
}

const measure = (core: Core, now: Watched): void => {
  if (core.world.measured) core.world.measured.now = now;
};
const rung = async (core: Core): Promise<string[]> =>
  (await core.notices()).filter(({ kind }) => kind === 'broadcast').map(({ buttons }) => buttons ?? '');

describe('what is measured of a color', () => {
  it('is asked for before the switch and in the bake, with the version, and never of the way back', async () => {
    const { core, bot } = await baking();
    await core.clock.advance(20_000);
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    const asked = core.world.measured?.asked ?? [];
    expect(new Set(asked)).toEqual(new Set(['green v2', 'live green v2']));
    // Every 5 s, however often the color itself is asked.
    expect(asked.filter((each) => each.startsWith('live')).length).toBeLessThanOrEqual(6);
  });

  it('does not stand in the way of a revert, however bad it is', async () => {
    const { core, bot } = await baking(bad);
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({ ok: true });
    await inState(core, 'idle');
    expect((await core.record()).live).toBe('blue');
  });

  it('stops a stage while it is bad', async () => {
    const { core, bot } = await ready();
    core.world.measured = { now: bad, asked: [] };
    await bot.submit({ verb: 'stage', version: 'v2' });
    core.world.colors.green.version = 'v2';
    await core.clock.until(async () => (await core.record()).releases[0]?.status === 'failed', 30_000);
    expect((await core.record()).releases[0]?.cause).toBe('errors: 0.07 is above 0.05');
  });

  it('makes a bake unhealthy when it is bad three times in a row, and its cause is said', async () => {
    const { core } = await baking(bad);
    await core.clock.advance(9_000);
    expect((await core.record()).bake?.verdict).toBe('healthy');
    await core.clock.advance(10_000);
    expect(await core.record()).toMatchObject({
      bake: { verdict: 'unhealthy', cause: 'errors: 0.07 is above 0.05' },
    });
    expect(await rung(core)).toEqual(['unhealthy']);
    measure(core, { is: 'good' });
    await core.clock.advance(15_000);
    expect((await core.record()).bake?.verdict).toBe('healthy');
  });

  it('that is unknown in between does not make bad answers forgotten', async () => {
    const { core } = await baking(bad);
    await core.clock.advance(7_000);
    measure(core, unknown);
    await core.clock.advance(10_000);
    measure(core, bad);
    await core.clock.advance(10_000);
    expect((await core.record()).bake?.verdict).toBe('unhealthy');
  });

  it('that is not there holds the bake, which says so once, and once more at its end to its owner', async () => {
    const { core, until } = await baking(unknown);
    await core.clock.advance(25_000);
    expect(await core.record()).toMatchObject({
      bake: { verdict: 'healthy', unmeasured: { cause: unknown.reason, told: false } },
    });
    expect(await core.said()).toContain(
      'checkout is not measured now: errors: Prometheus cannot be asked: connection refused. Its other checks go on. Without a number it is not settled.',
    );
    await core.clock.advance(until - core.clock.now() + 60_000);
    expect(await core.record()).toMatchObject({ state: 'baking', bake: { unmeasured: { told: true } } });
    const said = await core.notices();
    expect(said.filter(({ text }) => JSON.stringify(text).includes('Prometheus'))).toHaveLength(2);
    expect(said.at(-1)).toMatchObject({ kind: 'event', to: 'UANN' });
    expect(await core.said()).toContain(
      'The bake of checkout is over, and it is not settled: errors: Prometheus',
    );
    expect(await rung(core)).toEqual([]);
  });

  it('that comes back lets the bake go on, and settle', async () => {
    const { core, until } = await baking(unknown);
    await core.clock.advance(until - core.clock.now() + 60_000);
    measure(core, { is: 'good' });
    await inState(core, 'idle', 10_000);
    expect(await core.said()).toContain('checkout is measured again.');
    expect((await core.record()).releases[0]?.status).toBe('live');
  });

  it('that is not there leaves the end of the bake to an approver', async () => {
    const { core, bot } = await baking(unknown);
    await core.clock.advance(90_000);
    expect(await bot.submit({ verb: 'settle', actor: bob })).toMatchObject({ ok: true });
    expect(await core.record()).toMatchObject({ state: 'idle', bake: null });
  });

  it('does not hide a color that is down, while it is unknown', async () => {
    const { core } = await baking(unknown);
    core.world.colors.green.up = false;
    await core.clock.advance(4_000);
    expect((await core.record()).bake?.verdict).toBe('unhealthy');
  });

  it('is not called measured again by a process that has not asked yet', async () => {
    const { core, bot, until } = await baking(unknown);
    await core.clock.advance(25_000);
    core.replica();
    bot.kill();
    await core.clock.advance(until - core.clock.now() + 30_000);
    expect(await core.said()).not.toContain('measured again');
    expect(await core.record()).toMatchObject({ state: 'baking' });
    measure(core, { is: 'good' });
    await inState(core, 'idle', 10_000);
  });

  it('that throws is a number that is not there, and is asked for again', async () => {
    const { core, until } = await baking();
    core.world.measured = {
      asked: [],
      get now(): Watched {
        throw new Error('a flaw with s3cret');
      },
    };
    await core.clock.advance(until - core.clock.now() + 30_000);
    expect(await core.record()).toMatchObject({
      state: 'baking',
      bake: { unmeasured: { cause: 'errors: the question failed; the log says why' } },
    });
    core.world.measured = { asked: [], now: { is: 'good' } };
    await inState(core, 'idle', 10_000);
  });

  it('that is bad for too short a time neither settles nor rings', async () => {
    const { core, until } = await baking({ is: 'not-yet' });
    await core.clock.advance(until - core.clock.now() + 30_000);
    expect(await core.record()).toMatchObject({ state: 'baking', bake: { verdict: 'healthy' } });
    expect((await core.record()).bake?.unmeasured).toBeUndefined();
    measure(core, { is: 'good' });
    await inState(core, 'idle', 10_000);
    expect(await rung(core)).toEqual([]);
  });
});
