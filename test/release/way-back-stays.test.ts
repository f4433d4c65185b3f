/** A stage that brought nothing onto the idle color must not take the way back. */
import { describe, expect, it } from 'vitest';
import { cleo, inState, openCore, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const withoutVersions = { health: [{ kind: 'http' }], deploy: { kind: 'webhook' } };
const withVersions = { deploy: { kind: 'webhook' } };

/** What blue ran when it was adopted is known only where a check reads it. */
const versionOf = (settings: object): string | null => (settings === withVersions ? 'v1' : null);

/** v2 live on green and settled, v1 the way back on blue; deploys run until told otherwise. */
async function settled(settings: Record<string, unknown>): Promise<{ core: Core; bot: Replica }> {
  const core = openCore({ settings });
  core.world.deploy = { state: 'succeeded', started: [] };
  const bot = core.replica();
  await inState(core, 'idle');
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 60_000);
  core.world.deploy = { state: 'running', started: [] };
  return { core, bot };
}

/** Stages v3, and waits for its end. */
async function failingStage(core: Core, bot: Replica): Promise<void> {
  expect(await bot.submit({ verb: 'stage', version: 'v3' })).toMatchObject({ ok: true });
  await inState(core, 'idle');
  expect((await core.record()).releases[0]).toMatchObject({ version: 'v3', status: 'failed' });
}

async function revertGoesThrough(core: Core, bot: Replica): Promise<void> {
  expect(await bot.submit({ verb: 'revert' })).toMatchObject({ ok: true });
  await core.clock.until(async () => (await core.record()).lastRevert !== null);
  expect(await core.record()).toMatchObject({ live: 'blue', epoch: 3 });
}

describe('the way back, after a stage', () => {
  it.each([
    ['unreachable', withoutVersions, (core: Core) => core.world.silent.add('r1')],
    ['of no color', withoutVersions, (core: Core) => Object.assign(core.world.router, { r1: 'unknown' })],
    [
      'unreachable, and the color too',
      withVersions,
      (core: Core) => {
        core.world.silent.add('r1');
        core.world.colors.blue.up = false;
      },
    ],
  ])('is kept when the router was %s', async (_, settings, fail) => {
    const { core, bot } = await settled(settings);
    fail(core);
    await failingStage(core, bot);
    expect(core.world.deploy?.started).toEqual([]);
    expect((await core.record()).colors.blue).toMatchObject({
      role: 'previous',
      version: versionOf(settings),
    });
    core.world.silent.clear();
    core.world.router['r1'] = 'green';
    core.world.colors.blue.up = true;
    await revertGoesThrough(core, bot);
  });

  it('is kept when the stage was cancelled before the deploy was asked for', async () => {
    const { core, bot } = await settled(withoutVersions);
    core.world.askMs = 60_000;
    await bot.submit({ verb: 'stage', version: 'v3' });
    await bot.submit({ verb: 'cancel' });
    core.world.askMs = 0;
    await inState(core, 'idle');
    expect(core.world.deploy?.started).toEqual([]);
    await revertGoesThrough(core, bot);
  });

  it('is lost without versions once the deploy was asked for, and the record claims no version', async () => {
    const { core, bot } = await settled(withoutVersions);
    await bot.submit({ verb: 'stage', version: 'v3' });
    await core.clock.until(() => core.world.deploy?.started.length === 1);
    await bot.submit({ verb: 'cancel' });
    await inState(core, 'idle');
    expect((await core.record()).colors.blue).toMatchObject({ role: 'failed', version: null });
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({
      refusal: { code: 'nothing-to-revert-to' },
    });
  });

  it('is kept when its color is silent for longer than the stage takes to end', async () => {
    const { core, bot } = await settled(withVersions);
    core.world.deploy = { state: 'failed', started: ['nothing'] };
    core.world.colors.blue.up = false;
    expect(await bot.submit({ verb: 'stage', version: 'v3' })).toMatchObject({ ok: true });
    await inState(core, 'idle');
    expect((await core.record()).colors.blue).toMatchObject({ role: 'previous', version: 'v1' });
    core.world.colors.blue = { up: true, version: 'v1' };
    await revertGoesThrough(core, bot);
  });

  it('is lost to another version that is reported after one question had no answer', async () => {
    const { core, bot } = await settled(withVersions);
    core.world.deploy = { state: 'failed', started: [] };
    core.world.colors.blue.up = false;
    await bot.submit({ verb: 'stage', version: 'v3' });
    await core.clock.until(
      () => core.world.checks.blue.open === 0 && core.world.deploy?.started.length === 1,
    );
    core.world.colors.blue = { up: true, version: 'v3' };
    await inState(core, 'idle');
    expect((await core.record()).colors.blue).toMatchObject({ role: 'failed', version: 'v3' });
  });

  it('is kept when the service is adopted during it and the live color is the same', async () => {
    const { core, bot } = await settled(withVersions);
    core.world.router['r1'] = 'unknown';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    core.world.askMs = 30_000;
    await bot.submit({ verb: 'stage', version: 'v3' });
    core.world.askMs = 0;
    core.world.router['r1'] = 'green';
    expect(await bot.submit({ verb: 'adopt', actor: cleo })).toMatchObject({ ok: true });
    expect(await core.record()).toMatchObject({
      state: 'idle',
      live: 'green',
      colors: { blue: { role: 'previous', version: 'v1' } },
      releases: [{ version: 'v3', status: 'dropped', code: 'interrupted' }, {}],
    });
    await revertGoesThrough(core, bot);
  });

  it('is in doubt after a deploy that may have been started, though the color still reports the old version', async () => {
    const { core, bot } = await settled(withVersions);
    core.world.deploy = { state: 'running', started: [], mayRun: true };
    await failingStage(core, bot);
    const { colors, releases } = await core.record();
    expect(colors.blue).toMatchObject({ role: 'previous', version: 'v1', mayBecome: 'v3' });
    expect(releases[0]).toMatchObject({
      code: 'deploy-failed',
      cause:
        'no answer; it may have been started; nobody follows the deploy, which may change blue at any time',
    });
    await revertGoesThrough(core, bot);
    expect(await core.said()).toContain('Warning: a deploy of v3 to blue may have been started');
  });
});
