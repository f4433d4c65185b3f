import { expect, it } from 'vitest';
import { killAll } from './kill-all.ts';
import { losing, promote, revert, saves, stage } from './losing.ts';

it('ends every operation as it must when Redis is killed at a save of it and started again', {
  timeout: 90_000,
}, async () => {
  const strike = losing(
    ({ redis }) => redis.kill(),
    ({ redis }) => redis.restart(),
  );
  const kills = [...saves('before', stage, promote, revert), ...saves('after', stage, promote, revert)];
  await expect(killAll(kills, strike)).resolves.toBeDefined();
});
