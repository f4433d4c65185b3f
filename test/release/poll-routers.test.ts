import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/release/fault.ts';
import { inState, openCore, ready, staged } from '../support/memory-core.ts';

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

describe('a record that cannot be read', () => {
  it('is left alone, and the other services are adopted and asked once a minute', async () => {
    const services = ['checkout', ...Array.from({ length: 40 }, (_, i) => `other-${i}`)];
    const core = openCore({ services });
    await core.plant('checkout', JSON.stringify({ schema: 2 }));
    core.replica();
    await core.clock.advance(2_000);
    for (const service of services.slice(1)) expect((await core.record(service)).live).toBe('blue');
    const before = core.world.asks.length;
    await core.clock.advance(600_000);
    expect(core.world.asks.length - before).toBeLessThanOrEqual(11);
    expect((await core.loaded('checkout').catch((cause: unknown) => cause)) as Error).toBeInstanceOf(Fault);
  });

  it('of settings that cannot be used keeps no drift from being seen, its own neither', async () => {
    const services = ['checkout', 'other'];
    const core = openCore({ services });
    core.replica();
    await core.clock.until(async () => (await core.loaded('other')).record !== null);
    core.unusable.add('checkout');
    core.world.router['r1'] = 'green';
    await core.clock.advance(62_000);
    expect((await core.record('other')).drift).toMatchObject({ saw: 'green' });
    expect((await core.record('checkout')).drift).toMatchObject({ saw: 'green' });
  });
});
