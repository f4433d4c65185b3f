/** What the command line follows, and a failover of the storage loses. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { sharedTown } from '../support/shared-town.ts';

const { town, at } = sharedTown({ bots: 0, file: { roles: { operator: [me], admin: [me] } } });
let cli: Cli;
beforeAll(async () => {
  cli = await openCli(town());
});
afterAll(() => cli.close());

it('a stage that was lost is said to be, with exit code 3, instead of being waited for', async () => {
  const here = at('checkout');
  const { redis } = town();
  expect((await cli.run('lock', 'checkout', 'x')).code).toBe(0);
  expect((await cli.run('unlock', 'checkout')).code).toBe(0);
  const data = join(redis.dir, 'appendonlydir');
  await cp(data, `${data}-before`, { recursive: true });
  here.green.levers.hang = true;
  const stage = cli.start('stage', 'checkout', 'v2');
  await stage.says('health');
  await redis.kill();
  await rm(data, { recursive: true });
  await cp(`${data}-before`, data, { recursive: true });
  await redis.restart();
  const { code, err } = await stage.ended;
  expect(err).toContain('storage-unavailable: A Redis failover lost your stage of checkout');
  expect(code).toBe(3);
  expect((await here.record()).state).toBe('idle');
});
