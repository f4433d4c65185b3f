import { describe, expect, it } from 'vitest';
import { bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';
import { plain } from '../../src/release/line.ts';

type Settings = Record<string, unknown>;
const always = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: '00:00',
  to: '24:00',
  zone: 'UTC',
  reason: 'closed',
};
const jammed = (): 'refused'[] => Array.from({ length: 500 }, () => 'refused');

/** The promote of v2 to green is stuck: neither done nor undone. The router takes writes again. */
async function stuckPromote(settings: Settings = {}): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ settings });
  await staged(core, bot);
  core.world.faults = jammed();
  await bot.submit({ verb: 'promote' });
  await core.clock.until(() => core.world.writes.length > 0);
  core.world.router['r1'] = 'unknown';
  await inState(core, 'stuck', 40_000);
  core.world.faults = [];
  return { core, bot };
}

/** A settled release whose revert to blue is stuck. The router takes writes again. */
async function stuckRevert(force?: string): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 30_000);
  core.world.faults = jammed();
  await bot.submit({ verb: 'revert', ...(force !== undefined && { force }) });
  await inState(core, 'stuck', 200_000);
  core.world.faults = [];
  return { core, bot };
}

/** Retries, and waits until the service is stuck again. */
async function retriedInVain(core: Core, bot: Replica): Promise<void> {
  const states: string[] = [];
  core.watch.saved = ({ after }) => states.push(after.state);
  expect(await bot.submit({ verb: 'retry', actor: bob })).toMatchObject({ ok: true });
  await core.clock.until(() => states.indexOf('stuck') > 0);
}

describe('a promote that is stuck and tried again', () => {
  it('asks the color first, and stays stuck with the code of its bad answer', async () => {
    const { core, bot } = await stuckPromote();
    core.world.colors.green.version = 'v9';
    const before = core.world.writes.length;
    await retriedInVain(core, bot);
    expect(core.world.writes).toHaveLength(before);
    expect(await core.record()).toMatchObject({
      live: 'blue',
      epoch: 1,
      op: { kind: 'promote' },
      releases: [{ status: 'stuck', code: 'version-mismatch' }],
    });
    const told = (await core.notices()).at(-1);
    expect(told).toMatchObject({ kind: 'broadcast', buttons: 'stuck', to: 'UBOB' });
    expect(plain(told?.text ?? [])).toContain('version-mismatch');
  });

  it('goes on when the color answers well: hooks before the switch are called again', async () => {
    const { core, bot } = await stuckPromote();
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, calls: [] });
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ ok: true });
    await inState(core, 'baking');
    expect(core.world.hooks[0]?.calls).toHaveLength(1);
    expect(await core.record()).toMatchObject({ live: 'green', epoch: 2, releases: [{ status: 'baking' }] });
  });

  it('believes no single answer of the router, which it wrote to before', async () => {
    const { core, bot } = await stuckPromote();
    const from = core.clock.mono();
    await bot.submit({ verb: 'retry' });
    await inState(core, 'baking');
    expect(core.clock.mono() - from).toBeGreaterThanOrEqual(1_000);
  });

  it('is refused at once while the service is locked', async () => {
    const { core, bot } = await stuckPromote();
    await bot.submit({ verb: 'lock', reason: 'do not touch', actor: cleo });
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ refusal: { code: 'locked' } });
    expect((await core.record()).state).toBe('stuck');
  });

  it('stays stuck when it is locked while the color is asked', async () => {
    const { core, bot } = await stuckPromote();
    core.world.colors.green.checkMs = 1_000;
    await bot.submit({ verb: 'retry' });
    await bot.submit({ verb: 'lock', reason: 'wait', actor: cleo });
    await inState(core, 'stuck');
    expect(await core.record()).toMatchObject({ live: 'blue', releases: [{ code: 'locked' }] });
    expect(core.world.router).toEqual({ r1: 'unknown' });
  });

  it('is refused in a freeze that began meanwhile', async () => {
    const { core, bot } = await stuckPromote();
    core.settings({ freeze: [always] });
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ refusal: { code: 'frozen' } });
  });

  it('goes on in a freeze that an admin overrode, when an admin tries again', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.settings({ freeze: [always] });
    core.world.faults = jammed();
    await bot.submit({ verb: 'promote', duringFreeze: 'urgent', actor: cleo });
    await core.clock.until(() => core.world.writes.length > 0);
    core.world.router['r1'] = 'unknown';
    await inState(core, 'stuck', 40_000);
    core.world.faults = [];
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ refusal: { code: 'frozen' } });
    expect(await bot.submit({ verb: 'retry', actor: cleo })).toMatchObject({ ok: true });
    await inState(core, 'baking');
  });

  it('stays stuck when its approvals have expired', async () => {
    const { core, bot } = await ready({ settings: { promotion: { approvals: 1, approvalExpires: '1m' } } });
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    core.world.faults = jammed();
    await bot.submit({ verb: 'approve', actor: bob });
    await core.clock.until(() => core.world.writes.length > 0);
    core.world.router['r1'] = 'unknown';
    await inState(core, 'stuck', 40_000);
    core.world.faults = [];
    await core.clock.advance(60_000);
    await retriedInVain(core, bot);
    expect((await core.record()).releases[0]).toMatchObject({ code: 'approval-expired' });
  });
});

describe('a revert that is stuck and tried again', () => {
  it('asks the color to go back to first, and stays stuck with the code of its bad answer', async () => {
    const { core, bot } = await stuckRevert();
    core.world.colors.blue.up = false;
    const before = core.world.writes.length;
    await retriedInVain(core, bot);
    expect(core.world.writes).toHaveLength(before);
    expect(await core.record()).toMatchObject({
      live: 'green',
      op: { kind: 'revert' },
      releases: [{ status: 'stuck', code: 'unhealthy' }],
    });
    const told = await core.notices();
    expect(told.filter((each) => each.buttons === 'force')).toMatchObject([{ to: 'UBOB' }]);
    expect(told.at(-1)).toMatchObject({ kind: 'broadcast', buttons: 'stuck' });
  });

  it('asks nothing when it was forced', async () => {
    const { core, bot } = await stuckRevert('it burns');
    core.world.colors.blue.up = false;
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ ok: true });
    await inState(core, 'idle');
    expect(await core.record()).toMatchObject({ live: 'blue', epoch: 3 });
  });
});

describe('putting the router back', () => {
  it('is refused in its own words, and offers no force, which would go to the other color', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await inState(core, 'idle', 30_000);
    core.world.router['r1'] = 'unknown';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    core.world.colors.green.up = false;
    const { length } = await core.notices();
    await bot.submit({ verb: 'retry' });
    await core.clock.until(async () => (await core.notices()).some((each) => each.kind === 'private'));
    const told = (await core.notices()).slice(length);
    expect(told.filter((each) => each.buttons !== undefined)).toEqual([]);
    const words = told.map((each) => plain(each.text)).join('\n');
    expect(words).toContain('unhealthy: the router of checkout is not put back to green v2: ');
    expect(words).toContain('The put-back asked for by');
    expect(words).not.toMatch(/--force|not reverted/);
    expect(await core.record()).toMatchObject({ state: 'idle', live: 'green' });
  });

  it('stays stuck when it got stuck before and the live color does not answer well any more', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.router['r1'] = 'unknown';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    core.world.faults = jammed();
    await bot.submit({ verb: 'retry' });
    await inState(core, 'stuck', 200_000);
    core.world.faults = [];
    core.world.colors.blue.up = false;
    await retriedInVain(core, bot);
    expect(await core.record()).toMatchObject({ op: { kind: 'restore' }, releases: [{ status: 'staged' }] });
    core.world.colors.blue.up = true;
    await bot.submit({ verb: 'retry' });
    await inState(core, 'staged');
    expect(core.world.router).toEqual({ r1: 'blue' });
  });

  it('ends the drift when it hung and somebody put the router back by hand, and stays stuck', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.router['r1'] = 'green';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    core.world.faults = jammed();
    await bot.submit({ verb: 'retry' });
    await inState(core, 'stuck', 200_000);
    core.world.router['r1'] = 'blue';
    await core.clock.until(async () => (await core.record()).drift === null, 70_000);
    expect((await core.record()).state).toBe('stuck');
    expect((await core.notices()).map((each) => plain(each.text))).toContainEqual(
      expect.stringContaining('says blue again'),
    );
  });
});
