import { describe, expect, it } from 'vitest';
import { inState, ready, staged } from '../support/core.ts';

describe('the answer that status shows', () => {
  it('has the time of asking, and an old one that comes late replaces no newer one', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    let release = (): void => {};
    core.world.slowSweep = new Promise((resolve) => {
      release = resolve;
    });
    await core.clock.advance(61_000 - core.clock.mono());
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    const newest = (await core.loaded()).asked;
    expect(newest?.heading).toBe('green');
    release();
    await core.clock.advance(0);
    expect((await core.loaded()).asked).toEqual(newest);
  });
});
