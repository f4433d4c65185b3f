import { afterEach, expect, it } from 'vitest';
import { openTown } from '../support/one-bot.ts';
import type { Town } from '../support/one-bot.ts';

let town: Town;
afterEach(() => town.close());

it('the bot asks through the router itself whether a promote and a revert have arrived', async () => {
  town = await openTown();
  const [unprobed] = town.bots;
  const url = town.haproxy.frontend('checkout');
  town.change({ probe: { url, colorHeader: 'x-color' } });
  await town.startBot();
  await unprobed?.stop();
  const ann = town.slack.person('ann');
  town.green.levers.version = 'v2';
  await ann.types('#releases', '/release stage checkout v2');
  await town.until('staged', ({ state }) => state === 'staged');
  await ann.types('#releases', '/release promote checkout');
  const baking = await town.until('baking', ({ state }) => state === 'baking');
  expect(baking.releases[0]?.probe).toContain('green');
  await ann.types('#releases', '/release revert checkout');
  await town.until('reverted', ({ state, live }) => state === 'idle' && live === 'blue');
});
