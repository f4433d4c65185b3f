import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { openPassingKeys } from '../../src/redis/passing-keys.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.stop());

const left = async (key: string): Promise<number> => Number(await redis.cli('pttl', key));

test('keys of a run that is only played end by themselves, and are gone at its end', async () => {
  const own = Array.from({ length: 1_200 }, (_, i) => `play-1:{play-1}:k${i}`);
  await redis.cli('mset', ...own.flatMap((key) => [key, '1']));
  await redis.cli('set', 'play-1:{play-1}:msg', '1', 'px', String(90 * 86_400_000));
  await redis.cli('set', 'play-2:{play-2}:left', '1');
  await redis.cli('set', 'play-2:{play-2}:short', '1', 'px', '600000');
  await redis.cli('set', 'switchback:{switchback}:s:checkout', '1');
  const keys = openPassingKeys(redis.url, {
    prefix: 'play-1',
    likePrefix: 'play-?',
    log: makeLog({ level: 'silent' }),
  });
  const day = 86_400_000;
  for (const key of [...own.slice(-1), 'play-1:{play-1}:msg', 'play-2:{play-2}:left'])
    await until(`${key} has an end`, async () => (await left(key)) > 0 && (await left(key)) <= day);
  expect(await left('play-2:{play-2}:short')).toBeLessThanOrEqual(600_000);
  expect(await left('switchback:{switchback}:s:checkout')).toBe(-1);
  await keys.drop();
  expect((await redis.cli('keys', '*')).trim().split('\n').toSorted()).toEqual([
    'play-2:{play-2}:left',
    'play-2:{play-2}:short',
    'switchback:{switchback}:s:checkout',
  ]);
});
