/** Of a group that fires critically the channel is told once, and only when somebody is really told. */
import { beforeEach, describe, expect, test } from 'vitest';
import { acknowledge, silence } from '../support/alert-verbs.ts';
import { stormGroups } from '../../src/release/alerts/port.ts';
import { Fault } from '../../src/release/fault.ts';
import { alertWorld, ann, minute } from '../support/alert-world.ts';

const id = 'a'.repeat(24);
let world: ReturnType<typeof alertWorld>;
beforeEach(async () => {
  world = alertWorld(id);
  await world.record({ state: 'idle' });
});

const down = (more = {}) => world.alert({ fingerprint: 'f2', severity: 'critical', title: 'Down', ...more });
/** What the channel is told, without what rings again since nobody answered: that is another rule. */
const broadcasts = async () =>
  (await world.said()).filter(
    (each) => each.startsWith('broadcast') && !each.includes('Nobody has answered yet. '),
  );

describe('a critical alert during a silence', () => {
  test('is announced in the channel when the silence is over, and not again after that', async () => {
    await world.deliver([world.alert()]);
    await silence(world.parts, id, ann, { choice: '30m' });
    await world.deliver([down()]);
    expect(await broadcasts()).toEqual([]);
    expect((await world.group()).broadcast).toBeNull();
    await world.clock.advance(30 * minute);
    await world.tend();
    const told = ['broadcast 🚨 checkout: The silence ended, and the alert still fires. Down. @S1'];
    expect(await broadcasts()).toEqual(told);
    await world.deliver([down({ fingerprint: 'f3' })]);
    await world.clock.advance(60 * minute);
    await world.tend();
    expect(await broadcasts()).toEqual(told);
  });

  test('is announced when the release settles for which it was silenced, though somebody acknowledged it', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.deliver([world.alert()]);
    await acknowledge(world.parts, id, ann);
    expect(await silence(world.parts, id, ann, { choice: 'release' })).toMatchObject({ ok: true });
    await world.deliver([down()]);
    await world.clock.advance(5 * minute);
    await world.tend();
    expect(await broadcasts()).toEqual([]);
    await world.record({ state: 'idle', releases: [world.release({ status: 'live' })] });
    await world.tend();
    expect(await broadcasts()).toContainEqual(
      'broadcast 🚨 checkout: The silence ended, and the alert still fires. Down. Fired 5 min before release #7 went live. A revert may not help. @S1',
    );
  });

  test('that ended before the silence did is never announced', async () => {
    await world.deliver([world.alert()]);
    await silence(world.parts, id, ann, { choice: '30m' });
    await world.deliver([down()]);
    await world.clock.advance(minute);
    await world.deliver([down({ status: 'resolved', endedAt: world.clock.now() })]);
    await world.clock.advance(30 * minute);
    await world.tend();
    expect(await broadcasts()).toEqual([]);
    expect(await world.said()).toContain('event The silence ended, and the alert still fires.');
  });
});

describe('a critical group in a digest', () => {
  const others = Array.from({ length: stormGroups }, (_, i) => String(i).padStart(24, '0'));
  beforeEach(async () => {
    for (const other of others) await world.deliver([world.alert()], other);
    await world.deliver([down()]);
  });

  test('is not announced while its storm lasts, and nothing is done for it meanwhile', async () => {
    expect((await world.memory.alerts.load(id)).placed?.kind).toBe('digest');
    expect((await world.group()).broadcast).toBeNull();
    await world.deliver([down({ fingerprint: 'f3' })]);
    const { revision, broadcast } = await world.group();
    expect(broadcast).toBeNull();
    await world.clock.advance(minute - 1);
    await world.tend();
    expect((await world.group()).revision).toBe(revision);
    expect(await broadcasts()).toEqual([]);
  });

  test('gets a message of its own when the minute of the storm is over, and is announced in the channel then', async () => {
    await world.clock.advance(minute / 2);
    await world.deliver([down({ fingerprint: 'f3' })]);
    await world.clock.advance(minute / 2);
    expect(await world.tend()).toContain(id);
    expect((await world.memory.alerts.load(id)).placed).toEqual({ kind: 'own' });
    expect(await broadcasts()).toEqual(['broadcast 🚨 checkout: Down; Down. @S1']);
    expect(await world.drawn()).toContain(`@alerts ${id}`);
    await world.clock.advance(60 * minute);
    await world.tend();
    expect(await broadcasts()).toHaveLength(1);
  });

  test('is not announced when it has ended by then, nor while it is silenced', async () => {
    await silence(world.parts, id, ann, { choice: '30m' });
    await world.clock.advance(minute);
    await world.tend();
    expect((await world.memory.alerts.load(id)).placed?.kind).toBe('digest');
    await world.deliver([down({ status: 'resolved', endedAt: world.clock.now() })]);
    await world.clock.advance(60 * minute);
    await world.tend();
    expect(await broadcasts()).toEqual([]);
    expect((await world.memory.alerts.load(id)).placed?.kind).toBe('digest');
  });

  test('stays in the digest when only a warning fires there any more', async () => {
    await world.deliver([world.alert({ fingerprint: 'f4' })]);
    await world.deliver([down({ status: 'resolved', endedAt: world.clock.now() })]);
    await world.clock.advance(7 * 60 * minute);
    await world.tend();
    expect((await world.memory.alerts.load(id)).placed?.kind).toBe('digest');
    expect(await broadcasts()).toEqual([]);
  });

  test('waits for its turn, when many do: ten a minute get a message', async () => {
    const many = Array.from({ length: 24 }, (_, i) => `b${String(i).padStart(23, '0')}`);
    for (const each of many) await world.deliver([down()], each);
    const told: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      await world.clock.advance(minute);
      await world.tend();
      told.push((await broadcasts()).length);
    }
    expect(told).toEqual([10, 20, 25, 25]);
  });

  test('stands in the digest of its own storm', async () => {
    const digestOf = async (of: string): Promise<string | undefined> => {
      const { placed } = await world.memory.alerts.load(of);
      return placed?.kind === 'digest' ? placed.digest : undefined;
    };
    const first = await digestOf(id);
    await world.clock.advance(2 * minute);
    const next = Array.from({ length: stormGroups + 1 }, (_, i) => `c${String(i).padStart(23, '0')}`);
    for (const each of next) await world.deliver([world.alert()], each);
    const second = await digestOf(next.at(-1) ?? '');
    expect(first).toBeDefined();
    expect(second).toBeDefined();
    expect(second).not.toBe(first);
  });

  test('is announced in the channel when its service begins to bake and it gets a message of its own', async () => {
    expect(await broadcasts()).toEqual([]);
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.tend();
    expect(await broadcasts()).toEqual([
      'broadcast 🚨 checkout: Down. Fired 0 s after release #7 went live. @S1',
    ]);
    await world.clock.advance(minute);
    await world.deliver([down({ fingerprint: 'f3' })]);
    expect(await broadcasts()).toHaveLength(1);
  });

  test('is announced in the channel when it fires again by itself', async () => {
    expect(await broadcasts()).toEqual([]);
    await world.clock.advance(minute);
    await world.deliver([down({ status: 'resolved', endedAt: world.clock.now() })]);
    await world.clock.advance(minute);
    await world.deliver([down()]);
    expect((await world.memory.alerts.load(id)).placed).toEqual({ kind: 'own' });
    expect(await broadcasts()).toEqual(['broadcast 🚨 checkout: Down. @S1']);
    expect((await world.group()).broadcast).toBe('critical');
  });
});

describe('a critical group that flaps', () => {
  const turn = async (pauseMs: number): Promise<void> => {
    await world.deliver([down({ status: 'resolved', endedAt: world.clock.now() })]);
    await world.clock.advance(pauseMs);
    await world.deliver([down()]);
  };

  test('is announced in the channel once, and in its thread each time', async () => {
    await world.deliver([down()]);
    for (let i = 0; i < 4; i += 1) {
      await world.clock.advance(minute);
      await turn(minute);
    }
    expect(await broadcasts()).toEqual(['broadcast 🚨 checkout: Down. @S1']);
    const again = (await world.said()).filter((each) => each.includes('Firing again: Down'));
    expect(again).toHaveLength(4);
  });

  test('is announced once more when it then goes on firing and nobody has acknowledged it', async () => {
    await world.deliver([down()]);
    await world.clock.advance(minute);
    await turn(minute);
    await world.clock.advance(13 * minute - 1);
    await world.tend();
    expect(await broadcasts()).toHaveLength(1);
    await world.clock.advance(1);
    expect(await world.tend()).toEqual([id]);
    expect(await broadcasts()).toHaveLength(2);
    await world.clock.advance(60 * minute);
    await world.tend();
    expect(await broadcasts()).toHaveLength(2);
  });

  test('is not announced once more when somebody takes care of it', async () => {
    await world.deliver([down()]);
    await world.clock.advance(minute);
    await turn(minute);
    await acknowledge(world.parts, id, ann);
    await world.clock.advance(13 * minute);
    await world.tend();
    expect(await broadcasts()).toHaveLength(1);
  });

  test.each([
    ['with another value', { title: 'CPU 93 %' }, { title: 'CPU 94.5 %' }],
    ['with another number', { title: 'Queue of 120' }, { title: 'Queue of 97' }],
    [
      'with another value, as another alert',
      { title: 'p99 of 850 ms' },
      { fingerprint: 'f3', title: 'p99 of 1,200ms' },
    ],
  ])('%s in its title each time is announced once', async (_, first, second) => {
    await world.deliver([down(first)]);
    await world.clock.advance(minute);
    await world.deliver([down({ ...first, status: 'resolved', endedAt: world.clock.now() })]);
    await world.clock.advance(minute);
    await world.deliver([down(second)]);
    expect(await broadcasts()).toHaveLength(1);
    await world.clock.advance(13 * minute);
    await world.tend();
    expect(await broadcasts()).toHaveLength(2);
  });

  test.each(['Shard 4 is down', 'web-2 is down', 'v1.43 fails'])(
    'does not hide another alert whose title has another number: %s',
    async (title) => {
      const first = { title: title.replace(/\d(?=\D*$)/, '1') };
      await world.deliver([down(first)]);
      await world.deliver([down(first), down({ fingerprint: 'f3', title })]);
      expect(await broadcasts()).toHaveLength(2);
    },
  );

  test('is announced at once when it fires again after a long time', async () => {
    await world.deliver([down()]);
    await turn(15 * minute);
    expect(await broadcasts()).toHaveLength(2);
  });
});

test('a group that leaves its digest while a delivery is taken is still announced in the channel', async () => {
  const others = Array.from({ length: stormGroups }, (_, i) => String(i).padStart(24, '0'));
  for (const other of others) await world.deliver([world.alert()], other);
  await world.deliver([down()]);
  // The delivery was seen next to the record of before, and is saved after the promote.
  const before = await world.memory.store.load('checkout');
  world.parts.store = { ...world.memory.store, load: async () => before };
  const { alerts } = world.memory;
  world.parts.alerts = {
    ...alerts,
    async save(change) {
      world.parts.alerts = alerts;
      await world.record({ state: 'baking', releases: [world.release()] });
      return alerts.save(change);
    },
  };
  await world.deliver([down({ fingerprint: 'f3' })]);
  world.parts.store = world.memory.store;
  await world.tend();
  expect(await broadcasts()).toEqual(['broadcast 🚨 checkout: Down; Down. @S1']);
  expect((await world.card()).text).toContain('after release #7 went live');
});

test('the end of a silence sends no reminder besides its own notice, even long after an acknowledgement', async () => {
  await world.deliver([world.alert()]);
  await acknowledge(world.parts, id, ann);
  await silence(world.parts, id, ann, { choice: '30m' });
  await world.deliver([down()]);
  await world.clock.advance(31 * minute);
  await world.tend();
  expect(await broadcasts()).toEqual([
    'broadcast 🚨 checkout: The silence ended, and the alert still fires. Down. @S1',
  ]);
  expect((await world.said()).filter((each) => each.includes('acknowledged by'))).toEqual([]);
  await world.clock.advance(15 * minute);
  await world.tend();
  expect((await world.said()).at(-1)).toBe(
    'event @U0ANN: still firing after 46 min, and acknowledged by you: alert Down and 1 more of checkout. If it is over, press Close.',
  );
});

describe('in a storm', () => {
  const others = Array.from({ length: stormGroups }, (_, i) => String(i).padStart(24, '0'));
  beforeEach(async () => {
    for (const other of others) await world.deliver([world.alert()], other);
  });

  test('a group whose service begins to bake while it is taken has a message at once, which says so', async () => {
    const before = await world.memory.store.load('checkout');
    world.parts.store = { ...world.memory.store, load: async () => before };
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.deliver([down()]);
    world.parts.store = world.memory.store;
    expect((await world.memory.alerts.load(id)).placed).toEqual({ kind: 'own' });
    expect(await broadcasts()).toEqual(['broadcast 🚨 checkout: Down. @S1']);
    expect(await world.tend()).toContain(id);
    expect((await world.group()).follows).toMatchObject({ number: 7 });
    expect(await broadcasts()).toHaveLength(1);
  });

  test('one save is all there is of a group: what is killed after it leaves nothing to repair', async () => {
    const { alerts } = world.memory;
    let saves = 0;
    world.parts.alerts = {
      ...alerts,
      async save(change) {
        saves += 1;
        if (saves > 1) throw new Fault('storage-unavailable', 'killed');
        return alerts.save(change);
      },
    };
    await world.deliver([down()]);
    world.parts.alerts = alerts;
    expect(await world.group()).toMatchObject({ broadcast: null, revision: 1 });
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.tend();
    expect(await broadcasts()).toHaveLength(1);
  });
});

describe('a second, different critical alert in a group', () => {
  const disk = (more = {}) => world.alert({ fingerprint: 'a', severity: 'critical', title: 'Disk', ...more });

  test('is announced in the channel once, and not again while it fires', async () => {
    await world.deliver([disk()]);
    await world.deliver([disk(), down()]);
    await world.deliver([disk(), down(), down({ fingerprint: 'f3' })]);
    expect(await broadcasts()).toEqual([
      'broadcast 🚨 checkout: Disk. @S1',
      'broadcast 🚨 checkout: Down. @S1',
    ]);
    await world.clock.advance(60 * minute);
    await world.tend();
    expect(await broadcasts()).toHaveLength(2);
  });

  test('is announced again when it ended and fires again, but not within the time between two reminders', async () => {
    const first = down();
    await world.deliver([disk(), first]);
    await world.clock.advance(minute);
    await world.deliver([{ ...first, status: 'resolved', endedAt: world.clock.now() }]);
    await world.clock.advance(minute);
    await world.deliver([down()]);
    await world.tend();
    expect(await broadcasts()).toHaveLength(1);
    await world.clock.advance(13 * minute);
    await world.tend();
    expect((await broadcasts()).slice(1)).toEqual(['broadcast 🚨 checkout: Down. @S1']);
  });

  test('is announced though somebody acknowledged the group, because that covers only what fired before', async () => {
    await world.deliver([disk()]);
    await acknowledge(world.parts, id, ann);
    expect((await world.card()).labels).not.toContain('Acknowledge');
    await world.deliver([disk(), down()]);
    expect((await broadcasts()).slice(1)).toEqual(['broadcast 🚨 checkout: Down. @S1']);
    const card = await world.card();
    expect(card.text).toContain('new critical since: Down');
    expect(card.labels).toContain('Acknowledge');
    expect(await acknowledge(world.parts, id, ann)).toMatchObject({ ok: true });
    expect((await world.card()).text).not.toContain('new critical');
    expect(await acknowledge(world.parts, id, ann)).toMatchObject({ refusal: { code: 'nothing-to-do' } });
  });

  test('is not announced during a silence, but its card says that there is one', async () => {
    await world.deliver([disk()]);
    await silence(world.parts, id, ann, { choice: '4h' });
    expect((await world.card()).text).not.toContain('new critical');
    await world.deliver([disk(), down()]);
    expect(await broadcasts()).toHaveLength(1);
    expect((await world.card()).text).toContain('new critical since: Down');
    await world.clock.advance(4 * 60 * minute);
    await world.tend();
    expect((await broadcasts()).slice(1)).toEqual([
      'broadcast 🚨 checkout: The silence ended, and the alert still fires. Down. @S1',
    ]);
  });

  test('waits, when many titles of the group were announced in the channel a short while ago', async () => {
    for (let i = 0; i < 9; i += 1) {
      await world.clock.advance(1_000);
      await world.deliver([world.alert({ fingerprint: `t${i}`, title: `T${i}`, severity: 'critical' })]);
    }
    expect(await broadcasts()).toHaveLength(5);
    await world.clock.advance(15 * minute);
    await world.tend();
    expect((await broadcasts()).slice(5)).toEqual(['broadcast 🚨 checkout: T5; T6; T7, and 1 more. @S1']);
  });

  test('is announced once where an older version of the bot announced the first', async () => {
    await world.deliver([disk()]);
    const { told: _none, ...older } = await world.group();
    const all = { expect: older.revision, opens: false, urgent: false, notices: [], draw: false, due: null };
    await world.memory.alerts.save({ group: older, ...all });
    await world.deliver([disk(), down()]);
    expect((await broadcasts()).slice(1)).toEqual(['broadcast 🚨 checkout: Down. @S1']);
  });
});
