/** The release that is live, and the one on the way back, outlast any number of failed stages. */
import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** v2 promoted over v1, both by releases of their own; then five stages fail. */
async function afterFailedStages(): Promise<{ core: Core; bot: Replica; live: string; previous: string }> {
  const { core, bot } = await ready({ settings: { hooks: [{ at: 'after-revert' }] } });
  core.world.hooks.push({ at: 'after-revert', onFailure: 'warn', ok: false, calls: [] });
  for (const version of ['v1.5', 'v2']) {
    await staged(core, bot, version);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await inState(core, 'idle', 60_000);
  }
  const [live, previous] = (await core.record()).releases.map(({ id }) => id);
  core.world.silent.add('r1');
  for (let n = 0; n < 5; n += 1) {
    await bot.submit({ verb: 'stage', version: `v3.${n}` });
    await inState(core, 'idle');
  }
  core.world.silent.clear();
  return { core, bot, live: live ?? '', previous: previous ?? '' };
}

describe('after many failed stages', () => {
  it('the record still has the live release and the previous one, and few others', async () => {
    const { core, live, previous } = await afterFailedStages();
    expect((await core.record()).releases.map(({ version, status }) => `${version} ${status}`)).toEqual([
      'v3.4 failed',
      'v3.3 failed',
      'v3.2 failed',
      'v3.1 failed',
      'v2 live',
      'v1.5 replaced',
    ]);
    expect((await core.record()).releases.map(({ id }) => id).slice(4)).toEqual([live, previous]);
  });

  it('a revert is of the live release: its card, thread, steps and hooks', async () => {
    const { core, bot, live, previous } = await afterFailedStages();
    const drawn = new Set<string>();
    core.watch.saved = ({ change }) => change.draw.forEach(({ release }) => drawn.add(release));
    const before = (await core.notices()).length;
    expect(await bot.submit({ verb: 'revert', reason: 'bad' })).toMatchObject({ ok: true });
    expect(await core.record()).toMatchObject({ state: 'reverting', op: { release: live } });
    await inState(core, 'idle');
    const record = await core.record();
    const newest = record.releases[0];
    const gone = record.releases.find(({ id }) => id === live);
    expect(gone).toMatchObject({ status: 'reverted', cause: 'bad' });
    expect(gone?.steps.map(({ name }) => name)).toContain('switch back');
    expect(record.releases.find(({ id }) => id === previous)).toMatchObject({ status: 'live' });
    expect(newest).toMatchObject({ status: 'failed', code: 'router-unreachable', steps: [] });
    // The newest one's card has the buttons, which change with the state.
    expect([...drawn].toSorted()).toEqual([live, previous, newest?.id ?? ''].toSorted());
    await core.clock.until(async () => (await core.record()).afterRevert === null);
    expect(core.world.hooks[0]?.calls).toEqual([`${live}/after-revert`]);
    const said = (await core.notices()).slice(before);
    expect(said.map(({ release }) => release)).toEqual(said.map(() => live));
    expect(said.map(({ text }) => plain(text)).join('\n')).toContain('Warning after the revert');
    const reverted = (await core.history()).find(({ what }) => what === 'reverted');
    expect(reverted?.release).toBe(live);
  });

  it('a revert that is refused leaves the live release live, and the newest as it was', async () => {
    const { core, bot, live } = await afterFailedStages();
    core.world.colors.green.up = false;
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.said()).includes('is not reverted'));
    const { releases } = await core.record();
    expect(releases.find(({ id }) => id === live)).toMatchObject({ status: 'live' });
    expect(releases[0]).toMatchObject({ status: 'failed', code: 'router-unreachable' });
  });

  it('a revert that gets stuck twice and is then adopted marks the live release throughout', async () => {
    const { core, bot, live } = await afterFailedStages();
    const liveOne = async () => (await core.record()).releases.find(({ id }) => id === live);
    core.world.refusing.add('r1');
    await bot.submit({ verb: 'revert' });
    await inState(core, 'stuck', 200_000);
    expect(await liveOne()).toMatchObject({ status: 'stuck', code: 'verify-failed' });
    await bot.submit({ verb: 'retry' });
    expect(await liveOne()).toMatchObject({ status: 'reverting' });
    await inState(core, 'stuck', 200_000);
    await bot.submit({ verb: 'adopt', actor: cleo });
    expect(await liveOne()).toMatchObject({ status: 'live' });
    expect((await core.record()).releases[0]).toMatchObject({
      status: 'failed',
      code: 'router-unreachable',
    });
  });
});
