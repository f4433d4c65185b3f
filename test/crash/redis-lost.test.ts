import { expect, it } from 'vitest';
import { killAll } from './kill-all.ts';
import { losing, saves } from './losing.ts';

it('every operation ends as it must when Redis is killed at a save of it and started again', async () => {
  const strike = losing(
    ({ redis }) => redis.kill(),
    ({ redis }) => redis.restart(),
  );
  const kills = (['before', 'after'] as const).flatMap((when) =>
    saves(
      when,
      ['stage', 'stage>staged'],
      ['promote', 'promote:switch', 'promote>baking'],
      ['revert of a bake', 'revert:switch', 'revert>idle'],
    ),
  );
  await expect(killAll(kills, strike)).resolves.toBeDefined();
});
