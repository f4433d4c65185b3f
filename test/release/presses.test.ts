import { expect, it } from 'vitest';
import { bob, inState, ready, staged } from '../support/core.ts';

const stale = { ok: false, refusal: { code: 'stale-button' } };

it('a second press on Cancel request does not drop the staged release', async () => {
  const { core, bot } = await ready({ settings: { promotion: { approvals: 1 } } });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  const { request, releases, epoch } = await core.record();
  const about = { release: releases[0]?.id ?? '', epoch, button: 'release.cancel' };
  const press = { ...about, request: request?.id ?? '' };
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
  const about = { release: releases[0]?.id ?? '', epoch, request: request?.id ?? '' };
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
  const about = { release: releases[0]?.id ?? '', epoch, request: request?.id ?? '' };
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

it('takes a Revert that was drawn while its release was promoting, after the switch was recorded', async () => {
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

it('refuses a Revert of an older release, and one of two switches ago', async () => {
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
