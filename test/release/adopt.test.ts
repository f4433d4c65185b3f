import { describe, expect, it } from 'vitest';
import { cleo, inState, ready, staged } from '../support/core.ts';
import type { Core, Replica } from '../support/core.ts';

/** v2 live on green, settled; v3 staged on blue. */
async function stagedAgain(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 30_000);
  await staged(core, bot, 'v3');
  return { core, bot };
}

async function strayed(core: Core): Promise<void> {
  core.world.router['r1'] = 'blue';
  await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
}

describe('adopting what somebody else did to the router', () => {
  it.each(['staged', 'cancelled'])('leaves no older release live beside it (%s)', async (how) => {
    const { core, bot } = await stagedAgain();
    if (how === 'cancelled') await bot.submit({ verb: 'cancel' });
    await strayed(core);
    expect(await bot.submit({ verb: 'adopt', actor: cleo })).toMatchObject({ ok: true });
    const record = await core.record();
    expect(record).toMatchObject({ state: 'idle', live: 'blue', epoch: 3 });
    expect(record.releases[1]).toMatchObject({ number: 1, status: 'replaced' });
  });
});
