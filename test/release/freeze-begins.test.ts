import { expect, it } from 'vitest';
import { inState, ready, staged } from '../support/memory-core.ts';

it('a freeze that begins between the command and the switch stops the promote', async () => {
  const { core, bot } = await ready();
  const minute = 60_000;
  const beginsAt = Math.ceil((core.clock.now() + minute) / minute) * minute;
  const wall = (at: number): string => new Date(at).toISOString().slice(0, 16);
  core.settings({
    freeze: [{ start: wall(beginsAt), end: wall(beginsAt + 60 * minute), zone: 'UTC', reason: 'Year end' }],
  });
  await staged(core, bot);
  await core.clock.advance(beginsAt - core.clock.now() - 200);
  core.world.colors.green.up = false;
  expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
  await core.clock.advance(300);
  core.world.colors.green.up = true;
  await inState(core, 'staged');
  expect((await core.record()).releases[0]).toMatchObject({ status: 'staged', code: 'frozen' });
  expect(core.world.writes).toEqual([]);
  expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: false, refusal: { code: 'frozen' } });
});
