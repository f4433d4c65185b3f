import { describe, expect, it } from 'vitest';
import { bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const stale = { ok: false, refusal: { code: 'stale-button' } };

it('a second press on Cancel request does not drop the staged release', async () => {
  const { core, bot } = await ready({ settings: { promotion: { approvals: 1 } } });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  const { request, releases, epoch } = await core.record();
  const about = { release: releases[0]?.id ?? '', epoch, button: 'release.cancel' };
  const press = { ...about, subject: request?.id ?? '' };
  expect(await bot.submit({ verb: 'cancel', press })).toMatchObject({ ok: true });
  expect(await bot.submit({ verb: 'cancel', press })).toMatchObject(stale);
  expect(await core.record()).toMatchObject({ state: 'staged', request: null });
  expect(await bot.submit({ verb: 'cancel', press: about })).toMatchObject({ ok: true });
  expect((await core.record()).state).toBe('idle');
});

it('Cancel request on a card that is drawn late drops nothing after the request expired', async () => {
  const { core, bot } = await ready({ settings: { promotion: { approvals: 1, approvalExpires: '1m' } } });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  const { request, releases, epoch } = await core.record();
  const about = { release: releases[0]?.id ?? '', epoch, subject: request?.id ?? '' };
  await core.clock.advance(61_000);
  const cancel = { ...about, button: 'release.cancel' };
  expect(await bot.submit({ verb: 'cancel', press: cancel })).toMatchObject(stale);
  const approve = { ...about, button: 'release.approve' };
  expect(await bot.submit({ verb: 'approve', actor: bob, press: approve })).toMatchObject({
    refusal: { code: 'approval-expired' },
  });
  expect((await core.record()).state).toBe('staged');
});

it('an Approve or Reject of one request does not count for the next', async () => {
  const { core, bot } = await ready({ settings: { promotion: { approvals: 1 } } });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  const { request, releases, epoch } = await core.record();
  const about = { release: releases[0]?.id ?? '', epoch, subject: request?.id ?? '' };
  await bot.submit({ verb: 'cancel' });
  await bot.submit({ verb: 'promote' });
  for (const verb of ['approve', 'reject'] as const) {
    const press = { ...about, button: `release.${verb}` };
    expect(await bot.submit({ verb, actor: bob, press })).toMatchObject(stale);
  }
  expect((await core.record()).request).toMatchObject({ status: 'open', approvals: [] });
});

it('Cancel pressed on a staged release stops no promote that began meanwhile', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  const { releases, epoch } = await core.record();
  await bot.submit({ verb: 'promote' });
  const press = { release: releases[0]?.id ?? '', epoch, button: 'release.cancel' };
  expect(await bot.submit({ verb: 'cancel', press })).toMatchObject(stale);
  await inState(core, 'baking');
});

it('a Revert that was drawn while its release was promoting is accepted after the switch was recorded', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  const before = await core.record();
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  const release = before.releases[0]?.id ?? '';
  const press = { release, epoch: before.epoch, button: 'release.revert' };
  expect(await bot.submit({ verb: 'revert', press })).toMatchObject({ ok: true });
  await core.clock.until(async () => (await core.record()).live === 'blue');
});

it('a Revert of an older release, or of two switches ago, is refused', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  const { epoch, releases } = await core.record();
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  for (const press of [
    { release: 'another', epoch, button: 'release.revert' },
    { release: releases[0]?.id ?? '', epoch: epoch - 1, button: 'release.revert' },
  ]) {
    expect(await bot.submit({ verb: 'revert', press })).toMatchObject({
      ok: false,
      refusal: { code: 'stale-button' },
    });
  }
  expect((await core.record()).live).toBe('green');
});

describe('Put back and Retry, which look alike and move traffic to different colors', () => {
  const jammed = (): 'refused'[] => Array.from({ length: 500 }, () => 'refused');

  /** A staged release whose router drifted; what its notice's Put back says. */
  async function drifted() {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.router['r1'] = 'unknown';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    const notice = (await core.notices()).find((each) => each.buttons === 'drift');
    const putBack = { release: null, epoch: 0, ...notice?.about, button: 'release.retry' };
    return { core, bot, putBack };
  }

  /** The drift is over, and the promote is stuck; what its Retry says. */
  async function stuckThen(core: Core, bot: Replica) {
    core.world.router['r1'] = 'blue';
    await core.clock.until(async () => (await core.record()).drift === null, 130_000);
    core.world.faults = jammed();
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => core.world.writes.length > 0);
    core.world.router['r1'] = 'unknown';
    await inState(core, 'stuck', 40_000);
    core.world.faults = [];
    const { releases, epoch, op } = await core.record();
    return { release: releases[0]?.id ?? null, epoch, button: 'release.retry', subject: op?.id ?? '' };
  }

  it('refuses the Put back of an old notice while a promote is stuck', async () => {
    const { core, bot, putBack } = await drifted();
    const again = await stuckThen(core, bot);
    expect(again).toMatchObject({ release: putBack.release, epoch: putBack.epoch });
    expect(await bot.submit({ verb: 'retry', press: putBack })).toMatchObject(stale);
    expect((await core.record()).state).toBe('stuck');
    expect(await bot.submit({ verb: 'retry', press: again })).toMatchObject({ ok: true });
    await inState(core, 'baking');
  });

  it('refuses the Retry of a promote once it is not stuck, also where the router drifts', async () => {
    const { core, bot } = await drifted();
    const again = await stuckThen(core, bot);
    core.world.router['r1'] = 'blue';
    await bot.submit({ verb: 'adopt', actor: cleo });
    core.world.router['r1'] = 'unknown';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    expect((await core.record()).epoch).toBe(again.epoch);
    expect(await bot.submit({ verb: 'retry', press: again })).toMatchObject(stale);
    expect(core.world.router).toEqual({ r1: 'unknown' });
  });

  it('refuses the Retry of a stuck promote when a revert is what is stuck by now', async () => {
    const { core, bot } = await drifted();
    const again = await stuckThen(core, bot);
    core.world.faults = jammed();
    await bot.submit({ verb: 'revert' });
    await inState(core, 'stuck', 200_000);
    expect(await core.record()).toMatchObject({ epoch: again.epoch, op: { kind: 'revert' } });
    expect(await bot.submit({ verb: 'retry', press: again })).toMatchObject(stale);
  });
});
