import { describe, expect, it } from 'vitest';
import type { Watched } from '../../src/release/ports.ts';
import { bob, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const bad: Watched = { is: 'bad', reason: 'errors: 0.07 is above 0.05' };
const unknown: Watched = { is: 'unknown', reason: 'errors: Prometheus cannot be asked: connection refused' };

/** A release that bakes for a minute, or so long, and what is measured of it from now on. */
async function baking(
  now: Watched = { is: 'good' },
  bake = '60s',
): Promise<{ core: Core; bot: Replica; until: number }> {
  const { core, bot } = await ready({ settings: { promotion: { bake } } });
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

  it('that is bad for too short a time neither settles nor rings, and this is said once after the end', async () => {
    const reason = 'errors: 0.07 is above 0.05, but not for 5 min yet';
    const { core, until } = await baking({ is: 'not-yet', reason });
    await core.clock.advance(until - core.clock.now() - 5_000);
    expect(await core.said()).not.toContain('not settled');
    await core.clock.advance(60_000);
    expect(await core.record()).toMatchObject({
      state: 'baking',
      bake: { verdict: 'healthy', unsettled: reason },
    });
    expect((await core.record()).bake?.unmeasured).toBeUndefined();
    const said = await core.notices();
    expect(said.filter(({ text }) => JSON.stringify(text).includes('not settled'))).toHaveLength(1);
    expect(said.at(-1)).toMatchObject({ kind: 'event', to: 'UANN' });
    measure(core, { is: 'good' });
    await inState(core, 'idle', 10_000);
    expect(await rung(core)).toEqual([]);
  });

  it('that goes above and below its limit after an unhealthy bake keeps it open, and this is said once', async () => {
    const { core, until } = await baking(bad);
    await core.clock.advance(17_000);
    expect((await core.record()).bake?.verdict).toBe('unhealthy');
    measure(core, { is: 'good' });
    await core.clock.advance(15_000);
    expect((await core.record()).bake?.verdict).toBe('healthy');
    const turn = async (): Promise<void> => {
      measure(core, bad);
      await core.clock.advance(5_000);
      measure(core, { is: 'good' });
      await core.clock.advance(5_000);
    };
    while (core.clock.now() < until + 60_000) await turn();
    expect(await core.record()).toMatchObject({
      state: 'baking',
      bake: { verdict: 'healthy', unsettled: 'errors: it goes above and below 0.05' },
    });
    const said = (await core.said()).split('it is not settled: ');
    expect(said).toHaveLength(2);
    expect(said[1]).toMatch(
      /^errors: it goes above and below 0\.05\. It is settled when there is a good number again; or an approver/,
    );
    await core.clock.advance(20_000);
    expect(await core.record()).toMatchObject({ state: 'idle', bake: null });
  });

  it('that comes and goes is said once in 10 minutes, and at the end of the bake', async () => {
    const { core, until } = await baking(unknown, '30m');
    const count = async (words: string): Promise<number> => (await core.said()).split(words).length - 1;
    const flap = async (): Promise<void> => {
      measure(core, unknown);
      await core.clock.advance(30_000);
      expect((await core.record()).bake?.unmeasured?.cause).toBe(unknown.reason);
      measure(core, { is: 'good' });
      await core.clock.advance(30_000);
    };
    for (let minute = 0; minute < 9; minute += 1) await flap();
    expect([await count('is not measured now'), await count('is measured again')]).toEqual([1, 1]);
    // One that is not said at first is said when it lasts.
    measure(core, unknown);
    await core.clock.advance(120_000);
    expect([await count('is not measured now'), await count('is measured again')]).toEqual([2, 1]);
    measure(core, { is: 'good' });
    await core.clock.advance(until - core.clock.now() - 60_000);
    expect(await count('is measured again')).toBe(2);
    measure(core, unknown);
    await core.clock.advance(120_000);
    expect(await count('The bake of checkout is over')).toBe(1);
    measure(core, { is: 'good' });
    await inState(core, 'idle', 10_000);
  });
});
