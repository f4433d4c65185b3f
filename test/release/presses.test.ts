import { expect, it } from 'vitest';
import { inState, ready, staged } from '../support/core.ts';

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
