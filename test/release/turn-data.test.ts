/** A switch that turns databases round, over pretended ones, in virtual time. The real ones: test/data/. */
import { describe, expect, it } from 'vitest';
import { draftOf } from '../../src/release/draft.ts';
import { owedSync } from '../../src/release/data-sync.ts';
import { missedWords, turnEnded } from '../../src/release/turn-data.ts';
import { bob, cleo, inState, openCore, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';
import { newData } from '../support/pretend-data.ts';
import type { DataWorld } from '../support/pretend-data.ts';

async function ready(): Promise<{ core: Core; bot: Replica; data: DataWorld }> {
  const settings = { promotion: { bake: '1h' }, cutover: { data: { kind: 'hook' } } };
  const core = openCore({ settings });
  const data = newData();
  core.world.data = data;
  const bot = core.replica('one');
  await inState(core, 'idle');
  await staged(core, bot);
  return { core, bot, data };
}

async function promoted(): Promise<{ core: Core; bot: Replica; data: DataWorld }> {
  const all = await ready();
  await all.bot.submit({ verb: 'promote' });
  await inState(all.core, 'baking');
  return all;
}

const blueWrites = { writable: { blue: true, green: false }, follows: 'green' };
const greenWrites = { writable: { blue: false, green: true }, follows: 'blue' };

describe('a promote', () => {
  it('turns the databases before the router is touched, and says how long that took', async () => {
    const { core, bot, data } = await ready();
    const writesAt: number[] = [];
    data.after = () => void writesAt.push(core.world.writes.length);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    expect(data).toMatchObject({ ...greenWrites, both: [] });
    expect(writesAt).toEqual([0, 0, 0, 0]);
    expect(data.done).toEqual(['close blue', 'cut green', 'follow blue', 'open green']);
    const record = await core.record();
    expect(record.turn).toBeUndefined();
    expect(record.releases[0]?.dataTurnedMs).toEqual(expect.any(Number));
    expect(await core.said()).toContain('data turned in');
  });

  it('is refused before anything is changed where they cannot be turned', async () => {
    const { core, bot, data } = await ready();
    data.apart = 'green is 4 s behind';
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).releases[0]?.code === 'not-in-sync');
    expect(data).toMatchObject({ ...blueWrites, done: [] });
    expect(await core.record()).toMatchObject({ state: 'staged', live: 'blue' });
    expect(await core.said()).toContain('green is 4 s behind; set replication up again');
    expect(core.world.writes).toEqual([]);
  });

  it('takes a turn back that does not end in time, and stays staged', async () => {
    const { core, bot, data } = await ready();
    data.stands = true;
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).releases[0]?.code === 'not-in-sync', 60_000);
    expect(data).toMatchObject({ ...blueWrites, done: ['close blue', 'open blue'], both: [] });
    const record = await core.record();
    expect(record).toMatchObject({ state: 'staged', live: 'blue' });
    expect(record.turn).toBeUndefined();
    expect(await core.said()).toContain(
      'the databases were not turned to green: green did not get all rows in time',
    );
  });

  it('turns them back when the router does not follow', async () => {
    const { core, bot, data } = await ready();
    core.world.refusing.add('r1');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).releases[0]?.code === 'verify-failed', 60_000);
    expect(data).toMatchObject({ ...blueWrites, both: [] });
    expect((await core.record()).turn).toBeUndefined();
  });

  it('is stuck where they cannot be turned back, and is finished by a retry', async () => {
    const { core, bot, data } = await ready();
    core.world.refusing.add('r1');
    core.watch.saved = ({ after }) => {
      if (after.op?.step === 'undo') data.down.add('green');
    };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'stuck', 60_000);
    expect((await core.record()).turn?.begun.length).toBeGreaterThan(0);
    delete core.watch.saved;
    data.down.clear();
    core.world.refusing.clear();
    await bot.submit({ verb: 'retry' });
    await inState(core, 'baking', 60_000);
    expect(data).toMatchObject({ ...greenWrites, both: [] });
    expect((await core.record()).turn).toBeUndefined();
  });
});

describe('a turn in which something else happens', () => {
  it('leaves the live color with its writes when the other database dies, and goes on when it is back', async () => {
    const { core, bot, data } = await ready();
    data.after = (step) => {
      if (step === 'close blue') data.down.add('green');
    };
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).releases[0]?.code === 'not-in-sync', 60_000);
    expect(data.writable).toEqual({ blue: true, green: false });
    expect(await core.record()).toMatchObject({ state: 'staged', live: 'blue' });
    expect((await core.record()).turn).toBeDefined();
    delete data.after;
    data.down.clear();
    await core.clock.until(async () => (await core.record()).turn === undefined, 120_000);
    expect(data).toMatchObject({ ...blueWrites, both: [] });
  });

  it('is retried where it stopped: no side follows the other then', async () => {
    const { core, bot, data } = await ready();
    data.after = (step) => {
      if (step !== 'cut green') return;
      data.down.add('blue');
      data.down.add('green');
    };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'stuck', 60_000);
    expect(data).toMatchObject({ writable: { blue: false, green: false } });
    expect(data.follows).toBeUndefined();
    expect(await core.said()).toContain('Its databases are half turned, so it may take no writes.');
    delete data.after;
    data.down.clear();
    await bot.submit({ verb: 'retry' });
    await inState(core, 'baking', 60_000);
    expect(data).toMatchObject({ ...greenWrites, both: [] });
  });

  it('is taken back where the bot is stopped', async () => {
    const { core, bot, data } = await ready();
    data.stands = true;
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => data.done.includes('close blue'));
    await bot.running.stop();
    expect(data).toMatchObject({ ...blueWrites, both: [] });
  });

  it('is still known after break-glass was taken in', async () => {
    const { core, bot, data } = await ready();
    data.after = (step) => {
      if (step === 'cut green') bot.kill();
    };
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => data.follows === undefined);
    const draft = draftOf(await core.record());
    turnEnded(draft, undefined);
    expect(draft.record.turn?.begun.map(({ step }) => step)).toEqual(['close blue', 'cut green']);
  });

  it('is said where the settings name no databases any more', async () => {
    const { core, bot, data } = await ready();
    data.after = (step) => {
      if (step === 'close blue') data.down.add('green');
    };
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).releases[0]?.code === 'not-in-sync', 60_000);
    delete core.world.data;
    await core.clock.advance(60_000);
    expect(await core.said()).toContain('its settings have no cutover.data any more');
  });
});

describe('a process that dies at a step of a turn', () => {
  const steps = ['close blue', 'cut green', 'follow blue', 'open green'];
  /** Kills the bot when a step is in the record and not done, or done. */
  const dies = (
    { core, bot, data }: { core: Core; bot: Replica; data: DataWorld },
    at: string,
    done: boolean,
  ): void => {
    const kill = (step: string | undefined): void => {
      if (step === at) bot.kill();
    };
    if (done) data.after = kill;
    else core.watch.saved = ({ after }) => kill(after.turn?.begun.at(-1)?.step);
  };

  it.each(steps.flatMap((step) => [false, true].map((done) => [step, done] as const)))(
    '%s (done: %s), is followed by one that finishes',
    async (step, done) => {
      const all = await ready();
      const { core, bot, data } = all;
      dies(all, step, done);
      await bot.submit({ verb: 'promote' });
      await core.clock.until(async () => (await core.record()).turn !== undefined);
      core.replica('two');
      await inState(core, 'baking', 60_000);
      expect(data).toMatchObject({ ...greenWrites, both: [] });
      expect((await core.record()).turn).toBeUndefined();
    },
  );

  it.each(steps)('%s, is followed by a revert that takes it back', async (step) => {
    const all = await ready();
    const { core, bot, data } = all;
    dies(all, step, false);
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).turn !== undefined);
    await core.replica('two').submit({ verb: 'revert', actor: bob });
    await inState(core, 'idle', 60_000);
    expect(await core.record()).toMatchObject({ live: 'blue' });
    expect(data).toMatchObject({ ...blueWrites, both: [] });
    expect((await core.record()).turn).toBeUndefined();
  });
});

describe('a process that was paused in a turn', () => {
  it('changes nothing when it wakes up after another one has finished', async () => {
    const { core, bot, data } = await ready();
    core.watch.saved = ({ after }) => {
      if (after.turn?.begun.at(-1)?.step === 'open green') bot.pause();
    };
    await bot.submit({ verb: 'promote' });
    await core.clock.until(async () => (await core.record()).turn?.begun.length === 4);
    delete core.watch.saved;
    const two = core.replica('two');
    await inState(core, 'baking', 60_000);
    await two.submit({ verb: 'revert', actor: cleo });
    await inState(core, 'idle', 60_000);
    bot.resume();
    await core.clock.advance(30_000);
    expect(data).toMatchObject({ ...blueWrites, both: [] });
  });
});

describe('a revert', () => {
  it('turns the databases back', async () => {
    const { core, bot, data } = await promoted();
    await bot.submit({ verb: 'revert', actor: bob });
    await inState(core, 'idle');
    expect(data).toMatchObject({ ...blueWrites, both: [] });
    expect((await core.record()).releases[0]?.dataTurnedMs).toEqual(expect.any(Number));
  });

  it('is refused where it would miss rows, and says how many', async () => {
    const { core, bot, data } = await promoted();
    data.apart = 'blue does not follow green';
    data.missed = {
      tables: [
        { table: 'orders', rows: 200 },
        { table: 'carts', rows: 14 },
      ],
      since: 0,
    };
    await bot.submit({ verb: 'revert', actor: bob });
    await core.clock.until(async () => (await core.record()).unreverted?.code === 'not-in-sync');
    expect(await core.said()).toContain(
      'blue does not follow green; set replication up again; 214 rows since 1970-01-01T00:00:00.000Z are not on blue (orders 200, carts 14)',
    );
    expect(data).toMatchObject(greenWrites);
    expect(await core.record()).toMatchObject({ state: 'baking', live: 'green' });
  });

  it('by force goes back without the other database, and says so', async () => {
    const { core, bot, data } = await promoted();
    data.down.add('green');
    await bot.submit({ verb: 'revert', actor: bob, force: 'green burns' });
    await inState(core, 'idle', 60_000);
    expect(data.writable.blue).toBe(true);
    expect(await core.said()).toContain('the database of green does not answer');
    // It is closed as soon as it is back.
    data.down.clear();
    await core.clock.until(async () => (await core.record()).turn === undefined, 120_000);
    expect(data.writable).toEqual({ blue: true, green: false });
  });

  it('by force moves traffic even where no database can be turned, and turns them when they answer', async () => {
    const { core, bot, data } = await promoted();
    data.down.add('blue');
    await bot.submit({ verb: 'revert', actor: bob, force: 'green burns' });
    await inState(core, 'idle', 60_000);
    expect(core.world.router).toEqual({ r1: 'blue' });
    expect(owedSync(await core.record())?.why).toContain('blue may take no writes');
    data.down.clear();
    await core.clock.until(async () => (await core.record()).turn === undefined, 120_000);
    expect(data).toMatchObject({ ...blueWrites, both: [] });
    expect(await core.said()).toContain(
      'Warning: the databases were not turned to blue: the database of blue does not answer',
    );
  });

  it('takes a turn back that does not end in time: without force it loses no write', async () => {
    const { core, bot, data } = await promoted();
    data.stands = true;
    await bot.submit({ verb: 'revert', actor: bob });
    await core.clock.until(async () => (await core.record()).unreverted?.code === 'not-in-sync', 60_000);
    expect(await core.record()).toMatchObject({ state: 'baking', live: 'green' });
    expect(data).toMatchObject({ ...greenWrites, both: [] });
    expect((await core.record()).turn).toBeUndefined();
  });
});

describe('the databases follow the live color', () => {
  it('where somebody moved the router by hand, and that is adopted', async () => {
    const { core, bot, data } = await promoted();
    await core.clock.advance(60_000);
    core.world.router['r1'] = 'blue';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    await bot.submit({ verb: 'adopt', actor: cleo });
    await core.clock.until(async () => (await core.record()).turn === undefined, 30_000);
    expect(await core.record()).toMatchObject({ state: 'idle', live: 'blue' });
    expect(data).toMatchObject({ ...blueWrites, both: [] });
  });

  it('where a stuck promote is adopted in the middle of a turn, and a database comes back later', async () => {
    const { core, bot, data } = await ready();
    core.world.refusing.add('r1');
    core.watch.saved = ({ after }) => {
      if (after.op?.step === 'undo') data.down.add('green');
    };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'stuck', 60_000);
    delete core.watch.saved;
    await bot.submit({ verb: 'adopt', actor: cleo });
    await core.clock.advance(10_000);
    expect(data.writable).toEqual({ blue: false, green: true });
    data.down.clear();
    await core.clock.until(async () => (await core.record()).turn === undefined, 60_000);
    expect(await core.record()).toMatchObject({ state: 'idle', live: 'blue' });
    expect(data).toMatchObject({ ...blueWrites, both: [] });
  });
});

describe('while there is a way back', () => {
  const sync = async (core: Core): Promise<unknown> => (await core.record()).dataSync;

  it('a revert that would lose writes is said before anybody presses, with how many, and its end', async () => {
    const { core, data } = await promoted();
    expect(await sync(core)).toMatchObject({ color: 'blue', bad: 0 });
    data.apart = 'blue does not follow green';
    data.missed = { tables: [{ table: 'orders', rows: 2 }] };
    await core.clock.advance(2_000);
    expect(await core.said()).not.toContain('would be refused');
    await core.clock.advance(10_000);
    const said =
      'A revert of checkout would be refused, not-in-sync: blue does not follow green; set replication up again. 2 rows are not on blue (orders 2).';
    expect(await core.said()).toContain(said);
    data.missed = { tables: [{ table: 'orders', rows: 3 }] };
    await core.clock.advance(12_000);
    expect(await sync(core)).toMatchObject({ bad: 3, missed: '3 rows are not on blue (orders 3)' });
    expect((await core.said()).split('would be refused')).toHaveLength(2);
    delete data.apart;
    await core.clock.advance(12_000);
    expect(await core.said()).toContain(
      'The databases of checkout are in sync again: a revert loses no write.',
    );
  });

  it('is watched by another process too, and no longer than there is one', async () => {
    const { core, bot, data } = await promoted();
    bot.kill();
    const two = core.replica('two');
    data.apart = 'blue does not follow green';
    await core.clock.until(async () => (await core.said()).includes('would be refused'), 60_000);
    await two.submit({ verb: 'revert', actor: bob, force: 'green burns' });
    await inState(core, 'idle', 60_000);
    expect(await sync(core)).toBeUndefined();
  });
});

it.each([
  [undefined, ''],
  [{ tables: [] }, ''],
  [{ tables: [{ table: 'orders', rows: 1 }] }, '1 row is not on blue (orders 1)'],
  [
    { tables: ['a', 'b', 'c', 'd', 'e'].map((table) => ({ table, rows: 2 })), more: true as const },
    'at least 10 rows are not on blue (a 2, b 2, c 2, 2 more tables)',
  ],
])('what would be missed, in words: %j', (missed, words) => {
  expect(missedWords(missed, 'blue')).toBe(words);
});
