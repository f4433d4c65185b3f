/** What becomes of a deploy whose stage was given up: it is ended, or people hear that it may go on. */
import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { explainGates } from '../../src/release/explain-gates.ts';
import { ann, cleo, inState, openCore, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const canceled = { ended: true, words: 'the pipeline was canceled' };
const refused = { ended: false, words: 'GitLab answered 403' };

/** v2 is live on green, v1 the way back on blue; the deploy of v3 to blue runs, and blue still reports v1. */
async function deploying(stops: { ended: boolean; words: string } | undefined) {
  const core = openCore({ settings: { deploy: { kind: 'webhook' } } });
  core.world.deploy = { state: 'succeeded', started: [] };
  const bot = core.replica();
  await inState(core, 'idle');
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 60_000);
  const stopped: (string | undefined)[] = [];
  core.world.deploy = { state: 'running', started: [], stopped, ...(stops && { stops }) };
  await bot.submit({ verb: 'stage', version: 'v3' });
  await core.clock.until(async () => (await core.record()).op?.deployId !== undefined);
  core.world.colors.blue.version = 'v1';
  return { core, bot, stopped, release: (await core.record()).releases[0]?.id ?? '' };
}

const cancelledBy = async (core: Core, bot: Replica) => {
  await bot.submit({ verb: 'cancel' });
  await inState(core, 'idle');
};
const blue = async (core: Core) => (await core.record()).colors.blue;

describe('a stage that was given up', () => {
  it('has its deploy ended when it is cancelled, and says so', async () => {
    const { core, bot, stopped, release } = await deploying(canceled);
    await cancelledBy(core, bot);
    expect(stopped).toEqual([release]);
    expect(await blue(core)).toMatchObject({ role: 'previous', version: 'v1' });
    expect((await blue(core)).mayBecome).toBeUndefined();
    expect(await core.said()).toContain('cancelled the stage of checkout #2 v3: the pipeline was canceled');
  });

  it('has its deploy ended at the deadline, and says so', async () => {
    const { core, stopped, release } = await deploying(canceled);
    await inState(core, 'idle', 120_000);
    expect(stopped).toEqual([release]);
    expect((await core.record()).releases[0]).toMatchObject({
      code: 'timed-out',
      cause: 'the deploy did not end in time: rolling out; the pipeline was canceled',
    });
    expect((await blue(core)).mayBecome).toBeUndefined();
  });

  it.each([
    [
      'does not end',
      refused,
      'GitLab answered 403; nobody follows the deploy, which may change blue at any time',
    ],
    ['nobody can end from here', undefined, 'nobody follows the deploy, which may change blue at any time'],
  ])('leaves the way back in doubt where its deploy %s, and says so', async (_, stops, words) => {
    const { core, bot } = await deploying(stops);
    await cancelledBy(core, bot);
    expect(await blue(core)).toMatchObject({ role: 'previous', version: 'v1', mayBecome: 'v3' });
    expect((await core.record()).releases[0]?.cause).toBe(`cancelled; ${words}`);
    expect(await core.said()).toContain(`cancelled the stage of checkout #2 v3: ${words}`);
    const why = explainGates(bot.parts, 'checkout', ann);
    await core.clock.advance(10_000);
    const gate = (await why).revert.find((each) => each.gate === 'way back');
    expect(gate?.refusal).toBeUndefined();
    expect(plain(gate?.note ?? [])).toBe('in doubt: a deploy of v3 may change it at any time');
  });

  it('has its deploy ended by the process that finds it, when its own died', async () => {
    const { core, bot, stopped, release } = await deploying(canceled);
    await bot.submit({ verb: 'cancel' });
    bot.kill();
    core.replica();
    await inState(core, 'idle', 30_000);
    expect(stopped.at(-1)).toBe(release);
    expect((await core.record()).releases[0]).toMatchObject({ code: 'cancelled' });
  });

  it('has nothing ended when the deploy has failed by itself', async () => {
    const { core, stopped } = await deploying(canceled);
    if (core.world.deploy) core.world.deploy.state = 'failed';
    await inState(core, 'idle');
    expect((await core.record()).releases[0]).toMatchObject({ code: 'deploy-failed' });
    expect((await blue(core)).mayBecome).toBeUndefined();
    expect(stopped).toEqual([]);
  });

  it('is not ended when only its process stops', async () => {
    const { core, bot, stopped } = await deploying(canceled);
    bot.kill();
    core.replica();
    await core.clock.advance(20_000);
    expect((await core.record()).state).toBe('staging');
    expect(stopped).toEqual([]);
  });

  it('does not hold up the revert that drops it, which warns, and has its deploy ended', async () => {
    const { core, bot, stopped, release } = await deploying(canceled);
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).lastRevert !== null);
    expect(await core.record()).toMatchObject({ live: 'blue', epoch: 3 });
    expect(await core.said()).toContain('Warning: a deploy of v3 to blue may have been started');
    expect(stopped).toEqual([release]);
  });

  it('leaves the way back in doubt when the revert that drops it is refused', async () => {
    const { core, bot } = await deploying(refused);
    core.world.colors.blue.up = false;
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle', 30_000);
    expect(await blue(core)).toMatchObject({ role: 'previous', version: 'v1', mayBecome: 'v3' });
  });

  it('has its deploy ended when its color is adopted as live during it, and warns', async () => {
    const { core, bot, stopped } = await deploying(canceled);
    core.world.router['r1'] = 'blue';
    expect(await bot.submit({ verb: 'adopt', actor: cleo })).toMatchObject({ ok: true });
    await core.clock.until(() => stopped.length > 0);
    expect(await core.record()).toMatchObject({ live: 'blue', state: 'idle' });
    expect(await core.said()).toContain('Warning: a deploy of v3 to blue may be under way');
  });
});
