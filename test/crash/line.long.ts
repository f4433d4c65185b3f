/** Commands that wait for their turn while the master of Redis dies, and another one takes over. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeMs } from '../../src/release/waiting-line.ts';
import { me, openCli } from '../support/cli.ts';
import type { Cli, Started } from '../support/cli.ts';
import { visit } from '../support/conversation.ts';
import { openTown } from '../support/one-bot.ts';
import type { Town } from '../support/one-bot.ts';
import { startSentinel } from '../support/redis.ts';
import type { SentinelSet } from '../support/redis.ts';
import { longMs, until } from '../support/until.ts';

let set: SentinelSet;
let town: Town;
let cli: Cli;
beforeAll(async () => {
  // Three, so that two of three follow the new master: the dead one counts for some seconds, and more than half must have a
  // stage.
  set = await startSentinel('mymaster', 3);
  town = await openTown({
    redisServer: { ...set.master, url: set.url },
    file: { roles: { operator: ['U0ANN', 'U0BOB', me], approver: ['U0BOB'], admin: ['U0CLEO'] } },
  });
  cli = await openCli(town);
});
afterAll(async () => {
  await cli.close();
  await town.close();
  await set.stop();
});

/** A stage of the one who is known in Slack as this, once it has its place. */
async function stage(person: string, version: string, place: string): Promise<Started> {
  town.change({}, { people: { [me]: person } });
  const started = cli.start('stage', 'checkout', version, '--wait', '5m');
  await started.says(`waiting: ${place} in line`);
  return started;
}

it('two stages keep their places when Redis fails over, and each has its turn once', async () => {
  const here = visit(town, 'checkout');
  await here.released('v2');
  await here.does('cleo', 'lock', 'look');
  const first = await stage('U0ANN', 'v3', '1st');
  const second = await stage('U0BOB', 'v4', '2nd');

  await set.master.kill();
  await until('another is master', async () => (await set.masterPort()) !== set.master.port, longMs, 100);
  const since = Date.now();
  const heir = await set.owner('');
  const places = async (): Promise<string[]> => {
    const all = await heir.cli('hvals', `${town.prefix}:{${town.prefix}}:queue:checkout`);
    return all.split('\n').filter((place) => Number(place.split(' ')[2]) > since + placeMs);
  };
  await until('both were kept at the new master', async () => (await places()).length === 2, longMs, 100);

  await until(
    'two follow it',
    async () => (await heir.cli('info', 'replication')).split('state=online').length === 3,
    longMs,
    100,
  );

  here.blue.levers.version = 'v3';
  await until('it is unlocked', async () => {
    await here.does('cleo', 'unlock');
    return (await here.record()).lock === null;
  });
  const one = await first.ended;
  expect([one.code, one.out, one.err]).toEqual([
    0,
    'stage: checkout #2 v3 is staged on blue.\n',
    expect.stringContaining('waiting: 1st in line'),
  ]);
  here.blue.levers.version = 'v4';
  const two = await second.ended;
  expect([two.code, two.out, two.err]).toEqual([
    0,
    'stage: checkout #3 v4 is staged on blue.\n',
    expect.stringContaining('waiting: 2nd in line'),
  ]);

  expect((await here.record()).releases.map(({ version }) => version)).toEqual(['v4', 'v3', 'v2']);
  expect((await town.bots[0]?.redis.store.load('checkout'))?.queue).toEqual([]);
});
