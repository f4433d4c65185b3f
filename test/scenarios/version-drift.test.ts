import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTown } from '../support/one-bot.ts';
import type { Town } from '../support/one-bot.ts';
import { until } from '../support/until.ts';
import { visit } from '../support/conversation.ts';

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
afterAll(() => town.close());

it('a live color that was restarted with another version is announced, and adopted by a press', async () => {
  const at = visit(town, 'checkout');
  at.blue.levers.version = 'v9';
  await town.redis.cli('zadd', `${town.prefix}:{${town.prefix}}:due`, '0', 'sweep');
  await at.until('it is seen', ({ versionDrift }) => versionDrift?.saw === 'v9');
  expect((await at.does('ann', 'status')).text).toContain(
    'version-drift: the record says v1, but blue reports v9.',
  );
  const notice = await until('its button is there', async () => {
    const message = await at.notice('but blue reports v9');
    return at.look(message).buttons.length > 0 ? message : undefined;
  });
  expect(at.look(notice).buttons.map(({ actionId }) => actionId)).toEqual(['release.adopt']);
  await town.slack.person('cleo').presses(notice, 'release.adopt', { accept: true });
  const record = await at.until('it is adopted', ({ colors }) => colors.blue.version === 'v9');
  expect(record).toMatchObject({ live: 'blue', epoch: 1, versionDrift: null });
});
