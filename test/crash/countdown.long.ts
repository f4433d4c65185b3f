import { afterEach, expect, it } from 'vitest';
import type { Village } from '../support/replicas.ts';
import { counting, once, openCounting, passed, promotedInto, reverted } from './counting.ts';

let village: Village;
afterEach(() => village.close());

it('a countdown whose process is killed, and that is brought back before its end, ends when it said', async () => {
  const opened = await openCounting({ early: '20s' });
  ({ village } = opened);
  const countdown = await promotedInto(village, 'early');
  await opened.first.stop('SIGKILL');
  village.delivers(await village.startProcess());
  expect(await reverted(village, 'early')).toEqual(once);
  const { releases } = await village.record('early');
  const revertedAt = Number(releases[0]?.revertedAt);
  expect(revertedAt).toBeGreaterThanOrEqual(countdown.endsAt);
  const begun = (await village.history('early')).filter(({ what }) => what === 'countdown');
  expect(begun).toHaveLength(1);
});

it.each(['stands still', 'is killed'])(
  'a countdown starts again after a Redis that %s at its end',
  { timeout: 120_000 },
  async (how) => {
    ({ village } = await openCounting({ away: '8s' }));
    const { redis } = village;
    const countdown = await promotedInto(village, 'away');
    if (how === 'is killed') await redis.kill();
    else redis.pause();
    await passed(countdown, 3_000);
    expect(await village.heading('away')).toBe('green');
    if (how === 'is killed') await redis.restart();
    else redis.resume();
    const again = await counting(village, 'away', countdown);
    expect(again.startedAt).toBeGreaterThan(countdown.endsAt);
    expect(await reverted(village, 'away')).toEqual(once);
  },
);
