/** A look at the router holds the lease for a moment; what is accepted meanwhile is fresh however long nothing happened. */
import { expect, it } from 'vitest';
import { inState, ready, staged } from '../support/memory-core.ts';
import type { Asked, Core, Replica } from '../support/memory-core.ts';

/** v1 live again after a revert that one of two instances has not followed yet, hours ago; v3 is on green. */
async function hoursAfter(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ instances: ['r1', 'r2'] });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  core.world.silent.add('r2');
  await bot.submit({ verb: 'revert' });
  await inState(core, 'idle');
  await core.clock.advance(7_200_000);
  await bot.submit({ verb: 'unlock' });
  core.world.colors.green.version = 'v3';
  return { core, bot };
}

/** Gives the command while a look at the router holds the lease. */
async function duringALook(core: Core, bot: Replica, command: Asked): Promise<void> {
  // Shorter than the time after which the look renews the lease.
  core.world.askMs = 300;
  await core.clock.until(async () => (await core.loaded()).lease?.token.endsWith(':look') === true, 60_000);
  expect(await bot.submit(command)).toMatchObject({ ok: true });
  core.world.askMs = 0;
}

it('a stage accepted while a look at the router holds the lease is carried out', async () => {
  const { core, bot } = await hoursAfter();
  await duringALook(core, bot, { verb: 'stage', version: 'v3' });
  await inState(core, 'staged', 30_000);
  expect((await core.history()).map(({ what }) => what)).not.toContain('taken-over');
});
