import { expect, test } from 'vitest';
import { inState, openCore, staged } from '../support/memory-core.ts';

test('an unavailable storage is logged once, then once a minute with what was left out, and when it is back', async () => {
  const core = openCore({ settings: { promotion: { bake: '60m' } } });
  const bot = core.replica();
  await inState(core, 'idle');
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  const before = core.logged.length;
  core.world.storage.away = true;
  await core.clock.advance(180_500);
  const away = core.logged.slice(before);
  expect(away.map(({ level, unsaid }) => ({ level, unsaid }))).toEqual([
    { level: 'warn', unsaid: undefined },
    { level: 'warn', unsaid: expect.any(Number) as number },
    { level: 'warn', unsaid: expect.any(Number) as number },
    { level: 'warn', unsaid: expect.any(Number) as number },
  ]);
  core.world.storage.away = false;
  await core.clock.advance(10_000);
  expect(core.logged.slice(before + away.length)).toEqual([
    {
      level: 'info',
      text: 'The storage is available again',
      awayMs: expect.any(Number) as number,
      unsaid: expect.any(Number) as number,
    },
  ]);
});
