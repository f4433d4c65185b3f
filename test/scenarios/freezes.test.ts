import { afterEach, expect, it } from 'vitest';
import { openTown } from '../support/one-bot.ts';
import type { Town } from '../support/one-bot.ts';
import { visit } from '../support/conversation.ts';

const freeze = [
  { start: '2020-01-01T00:00', end: '2060-01-01T00:00', zone: 'Europe/Berlin', reason: 'Year end' },
];

let town: Town;
afterEach(() => town.close());

/** The configuration gets a freeze, and the bot is started again. */
async function frozen(changed: Record<string, unknown>): Promise<void> {
  await town.bots[0]?.stop();
  town.change(changed);
  await town.startBot();
}

it('a freeze blocks stage and promote, an admin may promote with a reason, and a revert is never blocked', async () => {
  town = await openTown();
  const checkout = visit(town, 'checkout');
  await checkout.staged('v2');
  await frozen({ freeze });
  expect((await checkout.does('ann', 'promote')).text).toMatch(/^frozen: .*Year end/);
  expect((await checkout.does('ann', 'stage', 'v3')).text).toMatch(/^frozen: /);
  expect((await checkout.does('ann', 'promote', '--during-freeze "the till is on fire"')).text).toMatch(
    /^not-allowed: .*admin/,
  );
  expect((await checkout.does('cleo', 'promote', '--during-freeze')).text).toMatch(/^bad-arguments: /);
  expect((await checkout.does('cleo', 'promote', '--during-freeze "the till is on fire"')).text).toMatch(
    /^promote: /,
  );
  await checkout.until('baking', (record) => record.state === 'baking');
  expect((await checkout.does('zoe', 'history', '20')).shown).toContain('the till is on fire');
  expect((await checkout.does('zoe', 'status')).shown).toContain('Year end');
  await checkout.reverted('ann');
  expect(await town.live()).toBe('blue');
  expect(town.slack.violations).toEqual([]);
});

it('an approval in a freeze is refused, unless the request was made against it', async () => {
  const promotion = { approvals: 1, bake: '60s' };
  town = await openTown({ settings: { promotion, freeze } });
  const checkout = visit(town, 'checkout');
  await frozen({ freeze: [] });
  await checkout.staged('v2');
  await checkout.does('ann', 'promote');
  await frozen({ freeze });
  expect((await checkout.does('bob', 'approve')).text).toMatch(/^frozen: .*Year end/);
  expect((await checkout.record()).request).toMatchObject({ status: 'open', approvals: [] });
  await checkout.does('ann', 'cancel');
  await checkout.does('cleo', 'promote', '--during-freeze fire');
  expect(await checkout.record()).toMatchObject({ state: 'staged', request: { status: 'open' } });
  expect((await checkout.does('bob', 'approve')).text).toMatch(/^approve: .*is being promoted/);
  const record = await checkout.until('baking', (each) => each.state === 'baking');
  expect(record.releases[0]?.promotedBy).toMatchObject({ user: 'U0CLEO' });
  expect(town.slack.violations).toEqual([]);
});
