import { expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { refusalWords } from '../../src/release/refusals.ts';
import { inState, ready } from '../support/memory-core.ts';

it.each([
  [{}, 'There is no probe.colorHeader, so the probe of a promote proves nothing'],
  [{ probe: { url: 'http://127.0.0.1:3', colorHeader: 'x-color' } }, 'tells them apart by probe.colorHeader'],
])(
  'the live version is staged once more on purpose, and goes back as any other (%j)',
  async (settings, proof) => {
    const { core, bot } = await ready({ settings });
    core.world.colors.green.version = 'v1';
    const refused = await bot.submit({ verb: 'stage', version: 'v1' });
    if (refused.ok) throw new Error('it was staged without a reason');
    expect(refused.refusal.code).toBe('already-live');
    expect(plain(refusalWords(refused.refusal))).toContain('stage checkout v1 --again <reason>');

    expect(await bot.submit({ verb: 'stage', version: 'v1', again: 'new certificate' })).toMatchObject({
      ok: true,
    });
    await inState(core, 'staged');
    expect(await core.said()).toContain(
      `v1 is live on blue and is staged again: new certificate. Both colors report it.`,
    );
    expect(await core.said()).toContain(proof);
    expect((await core.history()).map(({ text }) => plain(text))).toContain(
      'checkout #1 v1 on green again: new certificate',
    );
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    expect(await core.record()).toMatchObject({
      live: 'green',
      colors: { green: { role: 'live', version: 'v1' }, blue: { role: 'previous', version: 'v1' } },
    });
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    expect((await core.record()).live).toBe('blue');
  },
);
