/** What a command leaves half done where no bot runs: it is seen for what it is, and can be stopped and carried on. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli, Ended } from '../support/cli.ts';
import { age } from '../support/age.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';
import type { Visit } from '../support/conversation.ts';

const { town, at } = sharedTown({
  bots: 0,
  services: { mail: {}, search: {}, docs: {}, news: {}, maps: {} },
  file: { roles: { operator: [me] } },
});
let cli: Cli;
beforeAll(async () => {
  cli = await openCli(town());
});
afterAll(() => cli.close());

/** Ends a command by a signal while green does not answer well, and waits until nobody holds its lease. */
async function left(here: Visit, service: string, args: string[], by: NodeJS.Signals): Promise<Ended> {
  here.green.levers.fail = true;
  const one = cli.start(...args);
  await one.says('health: …');
  one.kill(by);
  const ended = await one.ended;
  here.green.levers.fail = false;
  const key = `${town().prefix}:{${town().prefix}}:s:${service}`;
  await until('nobody holds its lease', async () => {
    const [seconds] = (await town().redis.cli('time')).split('\n');
    return Number(await town().redis.cli('hget', key, 'until')) < Number(seconds) * 1_000;
  });
  return ended;
}

it('a promote that was killed says so in every answer, and is stopped by cancel', async () => {
  const here = at('checkout');
  here.green.levers.version = 'v2';
  await cli.run('stage', 'checkout', 'v2');
  await left(here, 'checkout', ['promote', 'checkout'], 'SIGKILL');

  const [status, why, all, facts, again] = await Promise.all([
    cli.run('status', 'checkout'),
    cli.run('why', 'checkout'),
    cli.run('status'),
    cli.run('status', 'checkout', '--json'),
    cli.run('promote', 'checkout'),
  ]);
  expect(status.out).toMatch(/under way: promote, .*; nobody has continued it since \d{4}-.*Z$/m);
  expect(status.out).toMatch(
    /^next: switchback retry checkout continues it, switchback cancel checkout drops it, switchback revert checkout/m,
  );
  expect(status.out).toMatch(/^bot: none is connected/m);
  expect(why.out).toMatch(/operation-in-progress: .*nobody has continued it since .*retry checkout/);
  expect(all.out).toMatch(/^checkout · promoting · .*nobody continues it$/m);
  expect(JSON.parse(facts.out)).toMatchObject({
    operation: { kind: 'promote', leftAt: expect.stringMatching(/Z$/) as string },
  });
  expect([again.code, again.err]).toEqual([
    2,
    expect.stringMatching(/^operation-in-progress: .*nobody has continued it since .*cancel checkout drops/),
  ]);

  const cancelled = await cli.run('cancel', 'checkout');
  expect([cancelled.code, cancelled.out]).toEqual([
    0,
    'cancel: the promote of checkout #1 v2 is stopped. It stays staged.\n',
  ]);
  expect(await here.record()).toMatchObject({ state: 'staged', op: null });
  expect(await here.live()).toBe('blue');
});

it('a promote that was interrupted promises no bot, and is continued by retry', async () => {
  const here = at('mail');
  here.green.levers.version = 'v2';
  await cli.run('stage', 'mail', 'v2');
  const ended = await left(here, 'mail', ['promote', 'mail'], 'SIGTERM');
  expect([ended.code, ended.out]).toEqual([143, '']);
  expect(ended.err).toMatch(
    /^interrupted: .*No bot is connected, so nothing continues it by itself: retry mail continues it/m,
  );
  expect(ended.err).not.toContain('A bot continues it');
  const retried = await cli.run('retry', 'mail');
  expect([retried.code, retried.out]).toEqual([
    0,
    expect.stringMatching(/^retry: mail #1 v2 is live on green/),
  ]);
  expect(retried.err).toContain('No bot is connected, so nobody watches the bake.');
  expect(await here.live()).toBe('green');
});

it('a stage whose terminal is closed says that it is interrupted', async () => {
  const here = at('docs');
  here.green.levers.version = 'v2';
  const ended = await left(here, 'docs', ['stage', 'docs', 'v2'], 'SIGHUP');
  expect([ended.code, ended.out]).toEqual([129, '']);
  expect(ended.err).toMatch(
    /^interrupted: .*No bot is connected, so nothing continues it by itself: retry docs continues it/m,
  );
  expect(await here.record()).toMatchObject({ state: 'staging' });
});

it('a stage that was killed is continued by retry', async () => {
  const here = at('search');
  here.green.levers.version = 'v2';
  await left(here, 'search', ['stage', 'search', 'v2'], 'SIGKILL');
  const retried = await cli.run('retry', 'search');
  expect([retried.code, retried.out]).toEqual([0, 'stage: search #1 v2 is staged on green.\n']);
});

it('a promote that was left for more than two minutes ends by retry, stays staged, and can be begun again', async () => {
  const here = at('news');
  here.green.levers.version = 'v2';
  await cli.run('stage', 'news', 'v2');
  await left(here, 'news', ['promote', 'news'], 'SIGKILL');
  await age(town(), 'news', 180_000);

  expect((await cli.run('status', 'news')).out).toMatch(
    /^next: It is too old to continue: switchback retry news ends it \(it stays staged\), switchback revert news goes back;/m,
  );
  const retried = await cli.run('retry', 'news');
  expect([retried.code, retried.out]).toEqual([4, '']);
  expect(retried.err).toMatch(
    /^retry: the promote of news was left 3 min.* ago and is too old to continue: it ends/m,
  );
  expect(retried.err).toMatch(
    /^interrupted: news #1 v2 is not promoted: nobody continued it for (?:1[89]|2\d)\d s/m,
  );
  expect(await here.record()).toMatchObject({ state: 'staged', op: null, live: 'blue' });
  expect(await here.live()).toBe('blue');
  expect((await cli.run('promote', 'news')).code).toBe(0);
  expect(await here.live()).toBe('green');
});

it('a stage that was left for as long ends by retry; one that was cancelled then is reported as cancelled', async () => {
  const here = at('maps');
  here.green.levers.version = 'v2';
  await left(here, 'maps', ['stage', 'maps', 'v2'], 'SIGKILL');
  await age(town(), 'maps', 180_000);
  const retried = await cli.run('retry', 'maps');
  expect([retried.code, retried.out]).toEqual([4, '']);
  expect(retried.err).toMatch(
    /^interrupted: maps #1 v2 is not staged: nobody continued it for (?:1[89]|2\d)\d s/m,
  );
  expect(await here.record()).toMatchObject({ state: 'idle', op: null });

  await left(here, 'maps', ['stage', 'maps', 'v2'], 'SIGKILL');
  await age(town(), 'maps', 180_000);
  expect((await cli.run('cancel', 'maps')).out).toBe('cancel: the stage of maps #2 v2 is stopped.\n');
  expect(await here.record()).toMatchObject({ state: 'idle', releases: [{ code: 'cancelled' }, {}] });
});
