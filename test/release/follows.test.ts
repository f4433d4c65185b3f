import { describe, expect, it } from 'vitest';
import { inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const other = { verdict: 'other', detail: 'answered by blue' } as const;

/** v2 is staged on green, and traffic follows the router up to 30 s later. */
async function following(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  core.world.followsMs = 30_000;
  core.world.probe = other;
  await staged(core, bot);
  return { core, bot };
}

describe('a router that traffic follows later', () => {
  it.each([3_000, 25_000])('is live only when the probe says so, here after %i ms', async (ms) => {
    const { core, bot } = await following();
    await bot.submit({ verb: 'promote' });
    const from = core.clock.mono();
    await core.clock.until(() => Promise.resolve(core.clock.mono() - from >= ms));
    expect(core.world.router['r1']).toBe('green');
    expect(await core.record()).toMatchObject({ live: 'blue', state: 'promoting' });
    core.world.probe = { verdict: 'same', detail: '3 of 3 answered by green' };
    await inState(core, 'baking');
    expect((await core.record()).live).toBe('green');
  });

  it('is written once while traffic does not follow, and taken back when it never does', async () => {
    const { core, bot } = await following();
    await bot.submit({ verb: 'promote' });
    await inState(core, 'staged', 60_000);
    expect(core.world.writes.map(({ color }) => color)).toEqual(['green', 'blue']);
    expect(await core.said()).toContain('the router says green, but answered by blue');
    expect(await core.record()).toMatchObject({ live: 'blue' });
  });

  it('is waited for as long as traffic may take, where the probe cannot distinguish the colors', async () => {
    const { core, bot } = await following();
    core.world.probe = { verdict: 'proves-nothing', detail: 'the answers cannot tell the colors apart' };
    const from = core.clock.mono();
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking', 60_000);
    expect(core.clock.mono() - from).toBeGreaterThanOrEqual(30_000);
  });

  it('is asked no more often than twice a second', async () => {
    const { core, bot } = await following();
    const before = core.world.asks.length;
    await bot.submit({ verb: 'promote' });
    await inState(core, 'staged', 60_000);
    expect(core.world.asks.length - before).toBeLessThan(100);
  });
});

describe('a write over a change of somebody else', () => {
  it('is announced by the revert that a person wanted', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.remark = 'somebody else changed the rule; that is overwritten';
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    expect(await core.said()).toContain('Warning: somebody else changed the rule; that is overwritten');
  });
});
