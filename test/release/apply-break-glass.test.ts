/** What becomes of a record when break-glass moved the router behind it, in each state that it may be found in. */
import { describe, expect, it } from 'vitest';
import { draftOf } from '../../src/release/draft.ts';
import type { Draft } from '../../src/release/draft.ts';
import type { BreakGlassEntry } from '../../src/release/break-glass.ts';
import { plain } from '../../src/release/line.ts';
import { recordSchema } from '../../src/release/release.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import type { RouterView } from '../../src/release/store.ts';
import { applyBreakGlass, isApplied } from '../../src/release/apply-break-glass.ts';
import { inState, ready, staged } from '../support/memory-core.ts';
import type { Core } from '../support/memory-core.ts';

const glassTo = (target: 'blue' | 'green'): BreakGlassEntry => ({
  schema: 1,
  id: crypto.randomUUID(),
  service: 'checkout',
  status: 'done',
  actor: { kind: 'cli', name: 'deploy' },
  host: 'h',
  startedAt: '2026-01-05T08:00:00.000Z',
  reason: 'fire',
  force: false,
  target,
  saw: [{ instance: 'r1', heading: target === 'blue' ? 'green' : 'blue' }],
  result: [{ instance: 'r1', heading: target }],
});

async function takenBy(
  core: Core,
  glass: BreakGlassEntry,
  heading: RouterView['heading'] = glass.target,
): Promise<Draft & { said: string }> {
  const record = await core.record();
  const draft = draftOf(record);
  applyBreakGlass(draft, glass, {
    router: { heading, detail: heading },
    behind: [],
    persist: undefined,
    facts: {
      settings: settingsSchema.parse(record.settings),
      raw: record.settings,
      digest: record.digest,
      seal: '',
      configured: true,
    },
    driver: 'x',
    now: (await core.loaded()).now,
  });
  expect(recordSchema.safeParse(draft.record).error).toBeUndefined();
  expect(isApplied(draft.record, glass)).toBe(true);
  expect(draft.history.at(-1)).toMatchObject({ what: 'break-glass', actor: glass.actor });
  return { ...draft, said: draft.notices.map(({ text }) => plain(text)).join('\n') };
}

describe('break-glass to the way back', () => {
  it('out of a bake is a revert: its release is reverted, and the service locked', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    const { record } = await takenBy(core, glassTo('blue'));
    expect(record).toMatchObject({
      state: 'idle',
      live: 'blue',
      epoch: 3,
      bake: null,
      releases: [{ status: 'reverted' }],
      lock: { reason: 'reverted: fire' },
      colors: { green: { role: 'reverted' } },
    });
  });

  it('out of a promote that was switching ends that promote, and raises no epoch', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.faults.push({ late: 60_000 });
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).op?.intentAt !== undefined);
    const { record, said } = await takenBy(core, glassTo('blue'));
    expect(record).toMatchObject({ state: 'idle', live: 'blue', epoch: 1, op: null });
    expect(said).toContain('recorded as a revert');
  });
});

describe('break-glass to where an operation goes too', () => {
  it.each(['promote', 'revert'] as const)('leaves the %s to the process that takes it over', async (verb) => {
    const { core, bot } = await ready();
    await staged(core, bot);
    if (verb === 'revert') {
      await bot.submit({ verb: 'promote' });
      await inState(core, 'baking');
    }
    core.world.faults.push({ late: 60_000 });
    await bot.submit({ verb });
    await core.clock.until(async () => (await core.record()).op?.intentAt !== undefined);
    const before = await core.record();
    const { record, said } = await takenBy(core, glassTo(verb === 'promote' ? 'green' : 'blue'));
    expect(record).toEqual({ ...before, brokenGlass: record.brokenGlass });
    expect(said).toContain(`the ${verb} under way goes there too`);
  });
});

describe('break-glass to another color than an operation’s', () => {
  it('to the staged version gives a promote up that had written nothing, and takes the color over', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, takesMs: 60_000, calls: [] });
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).op?.step === 'before-switch');
    const { record } = await takenBy(core, glassTo('green'));
    expect(record).toMatchObject({
      state: 'idle',
      live: 'green',
      epoch: 2,
      op: null,
      colors: { green: { role: 'live', version: 'v2' }, blue: { role: 'unknown', version: 'v1' } },
    });
  });

  it('to the color on which a stage works ends the stage', async () => {
    const { core, bot } = await ready();
    core.world.deploy = { state: 'running', started: [] };
    await bot.submit({ verb: 'stage', version: 'v2' });
    await core.clock.advance(500);
    const { record } = await takenBy(core, glassTo('green'));
    expect(record).toMatchObject({ state: 'idle', live: 'green', epoch: 2, op: null });
  });

  it('against a revert that was under way gives that revert up', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.faults.push({ late: 60_000 });
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).op?.intentAt !== undefined);
    const { record } = await takenBy(core, glassTo('green'));
    expect(record).toMatchObject({ state: 'idle', live: 'green', epoch: 2, op: null });
  });

  it('with a router that does not say one color stops an operation that would undo it, and puts nothing back', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.faults.push({ late: 60_000 });
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).op?.intentAt !== undefined);
    const stuck = await takenBy(core, glassTo('blue'), 'mixed');
    expect(stuck.record).toMatchObject({ state: 'stuck', live: 'blue', op: { kind: 'promote' } });
    expect(stuck.said).toContain('a person must check');
  });
});

it('break-glass is announced without a change of the live color when the router says another color by now', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  const before = await core.record();
  const { record, said } = await takenBy(core, glassTo('blue'), 'green');
  expect(record).toEqual({ ...before, brokenGlass: record.brokenGlass });
  expect(said).toContain('The router says green now; the record says green, and is not changed.');
  const mixed = await takenBy(core, glassTo('blue'), 'mixed');
  expect(mixed.record).toMatchObject({ live: 'green', state: 'baking', reask: null, follow: null });
});
