import { expect, it } from 'vitest';
import { bob, inState, openCore, staged } from '../support/memory-core.ts';

it('a forced revert is carried out as forced, however soon it follows an unforced one', async () => {
  for (let gapMs = 0; gapMs <= 480; gapMs += 10) {
    let latency = 0;
    const core = openCore({ settings: { deploy: { kind: 'webhook' } }, latencyMs: () => latency });
    core.world.deploy = { state: 'succeeded', started: [] };
    const bot = core.replica();
    const other = core.replica();
    await inState(core, 'idle');
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await inState(core, 'idle', 30_000);
    core.world.deploy.state = 'running';
    await bot.submit({ verb: 'stage', version: 'v3' });
    await core.clock.advance(2_000);
    core.world.colors.blue.up = false;
    latency = 20;
    const first = other.submit({ verb: 'revert' });
    await core.clock.advance(gapMs);
    const second = other.submit({ verb: 'revert', force: 'now', actor: bob });
    await core.clock.advance(15_000);
    expect([await first, await second], `after ${gapMs} ms`).toMatchObject([{ ok: true }, { ok: true }]);
    expect(await core.record(), `after ${gapMs} ms`).toMatchObject({ live: 'blue', state: 'idle' });
  }
});
