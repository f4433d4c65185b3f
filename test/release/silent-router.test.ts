import { describe, expect, it } from 'vitest';
import { inState, ready, staged } from '../support/memory-core.ts';

describe('a router that does not answer', () => {
  it('at first is asked again before a stage is refused', async () => {
    const { core, bot } = await ready();
    core.world.colors.green.version = 'v2';
    core.world.silent.add('r1');
    expect(await bot.submit({ verb: 'stage', version: 'v2' })).toMatchObject({ ok: true });
    await core.clock.advance(1_500);
    expect(await core.record()).toMatchObject({ state: 'staging' });
    core.world.silent.clear();
    await inState(core, 'staged', 20_000);
  });

  it('at first is asked again before a promote is refused', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.silent.add('r1');
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
    await core.clock.advance(1_500);
    expect(await core.record()).toMatchObject({ state: 'promoting' });
    core.world.silent.clear();
    await inState(core, 'baking', 20_000);
  });

  it('is asked twice at least, although this process stood still meanwhile', async () => {
    const { core, bot } = await ready();
    core.world.colors.green.version = 'v2';
    core.world.silent.add('r1');
    core.world.askMs = 1_000;
    await bot.submit({ verb: 'stage', version: 'v2' });
    await core.clock.advance(500);
    await core.clock.jump(2_600);
    core.world.silent.clear();
    await core.clock.until(async () => (await core.record()).state !== 'staging', 20_000);
    expect(await core.record()).toMatchObject({ state: 'staged' });
  });

  it('at all stops a stage within some seconds', async () => {
    const { core, bot } = await ready();
    core.world.silent.add('r1');
    const before = core.clock.mono();
    await bot.submit({ verb: 'stage', version: 'v2' });
    await inState(core, 'idle', 20_000);
    expect((await core.record()).releases[0]).toMatchObject({ status: 'failed', code: 'router-unreachable' });
    expect(core.clock.mono() - before).toBeLessThan(6_000);
  });

  it('does not keep a cancel waiting meanwhile', async () => {
    const { core, bot } = await ready();
    core.world.silent.add('r1');
    await bot.submit({ verb: 'stage', version: 'v2' });
    await core.clock.advance(200);
    expect(await bot.submit({ verb: 'cancel' })).toMatchObject({ ok: true });
    await inState(core, 'idle', 1_000);
    expect((await core.record()).releases[0]).toMatchObject({ status: 'dropped', code: 'cancelled' });
  });
});
