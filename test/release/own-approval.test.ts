import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { ann, bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** ann asked and bob approved; the promote was stopped, and what they granted is kept. */
async function granted(promotion: object = {}): Promise<{ core: Core; bot: Replica }> {
  const hooks = [{ at: 'before-switch', url: 'https://x.example/' }];
  const settings = { promotion: { approvals: 1, bake: '10s', ...promotion }, hooks };
  const { core, bot } = await ready({ settings });
  core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: false, calls: [] });
  await staged(core, bot);
  await bot.submit({ verb: 'promote', actor: ann });
  await bot.submit({ verb: 'approve', actor: bob });
  await inState(core, 'staged');
  expect((await core.record()).request).toMatchObject({ status: 'granted' });
  core.world.hooks.splice(0);
  return { core, bot };
}

describe('an approval that was granted before', () => {
  it('does not count for the promote of the one who gave it', async () => {
    const { core, bot } = await granted();
    expect(await bot.submit({ verb: 'promote', actor: bob })).toMatchObject({ ok: true });
    expect(await core.record()).toMatchObject({
      state: 'staged',
      request: { status: 'open', requester: bob, approvals: [] },
    });
    expect(await core.said()).toContain('too few are by people other than the new requester');
    expect(await bot.submit({ verb: 'approve', actor: cleo })).toMatchObject({ ok: true });
    await inState(core, 'baking');
    expect((await core.record()).releases[0]?.promotedBy).toEqual(bob);
  });

  it('counts for the one who asked, and for its giver where self-approval is allowed', async () => {
    const first = await granted();
    await first.bot.submit({ verb: 'promote', actor: ann });
    await inState(first.core, 'baking');
    expect((await first.core.record()).releases[0]?.promotedBy).toEqual(ann);
    const self = await granted({ selfApproval: true });
    await self.bot.submit({ verb: 'promote', actor: bob });
    await inState(self.core, 'baking');
    expect((await self.core.record()).releases[0]?.promotedBy).toEqual(bob);
  });

  it('is dropped with its release, and the bot says who gave it', async () => {
    for (const drop of ['stage', 'cancel'] as const) {
      const { core, bot } = await granted();
      await bot.submit(drop === 'stage' ? { verb: drop, version: 'v3' } : { verb: drop });
      const told = (await core.notices()).filter(({ text }) => plain(text).startsWith('release-changed: '));
      expect(told.map(({ text }) => text)).toEqual([expect.arrayContaining([{ user: 'UBOB' }])]);
      expect((await core.record()).request).toBeNull();
    }
  });
});
