/** Alerts that nothing can be heard of any more, and reminders that nobody heeds: both come to an end. */
import { beforeEach, describe, expect, test } from 'vitest';
import { acknowledge } from '../support/alert-verbs.ts';
import { Fault } from '../../src/release/fault.ts';
import { plain } from '../../src/release/line.ts';
import { alertWorld, ann, minute } from '../support/alert-world.ts';

const id = 'a'.repeat(24);
const hour = 60 * minute;
let world: ReturnType<typeof alertWorld>;
beforeEach(async () => {
  world = alertWorld(id);
  await world.record({ state: 'idle' });
});

const about = async (words: string) => (await world.said()).filter((each) => each.includes(words));

describe.each([
  ['service', 'checkout'],
  ['source', 'The source prom'],
] as const)('a group whose %s is taken out of the configuration', (what, name) => {
  const gone = `${name} is no longer in the configuration.`;

  test('reminds nobody, says so without buttons, and is closed after an hour', async () => {
    await world.deliver([world.alert()]);
    await acknowledge(world.parts, id, ann);
    world.away[what] = true;
    await world.clock.advance(15 * minute);
    await world.tend();
    expect(await about(gone)).toHaveLength(1);
    expect(await world.card()).toMatchObject({ buttons: [], text: expect.stringContaining(gone) });
    await world.clock.advance(hour - 1);
    expect(await world.tend()).toEqual([]);
    await world.clock.advance(1);
    expect(await world.tend()).toEqual([id]);
    expect(await world.group()).toMatchObject({ status: 'resolved', dropped: { closed: true } });
    const card = await world.card();
    expect(card.text).toContain('closed');
    expect(card.text).toContain(gone);
    expect(card.text).not.toContain('esolved after');
    expect(await about('Closed.')).toHaveLength(1);
    expect(await about('still firing')).toEqual([]);
    await world.clock.advance(48 * hour);
    expect(await world.tend()).toEqual([]);
  });

  test('is found within hours though nobody has done anything about it', async () => {
    await world.deliver([world.alert()]);
    world.away[what] = true;
    await world.clock.advance(6 * hour);
    await world.tend();
    await world.clock.advance(hour);
    await world.tend();
    expect(await world.group()).toMatchObject({ status: 'resolved', dropped: { closed: true } });
  });

  test('goes on when that comes back meanwhile', async () => {
    await world.deliver([world.alert()]);
    world.away[what] = true;
    await world.clock.advance(6 * hour);
    await world.tend();
    world.away[what] = false;
    await world.clock.advance(hour);
    await world.tend();
    expect(await world.group()).toMatchObject({ status: 'firing', dropped: null });
    expect(await about(`${name} is in the configuration again.`)).toHaveLength(1);
    expect((await world.card()).buttons).toEqual(['alert.acknowledge', 'alert.silence', 'alert.close']);
  });

  test('opens again when its alert arrives after it was closed', async () => {
    const since = world.clock.now();
    await world.deliver([world.alert({ since })]);
    world.away[what] = true;
    for (const ms of [6 * hour, hour]) {
      await world.clock.advance(ms);
      await world.tend();
    }
    world.away[what] = false;
    await world.clock.advance(hour);
    await world.deliver([world.alert({ since })]);
    expect(await world.group()).toMatchObject({ status: 'firing', dropped: null, times: 2 });
    expect((await world.card()).text).toContain('⚠️ *checkout*: Slow is firing');
  });
});

test('a group of a service that is gone resolves when the end of its alert arrives', async () => {
  await world.deliver([world.alert()]);
  world.away.service = true;
  await world.clock.advance(6 * hour);
  await world.tend();
  await world.deliver([world.alert({ status: 'resolved', endedAt: world.clock.now() })]);
  expect((await world.card()).text).toContain('✅ *checkout*: Slow resolved');
  await world.clock.advance(hour);
  await world.tend();
  expect(await about('Closed.')).toEqual([]);
});

test('the bot still tends a group of a service whose record cannot be read', async () => {
  await world.deliver([world.alert()]);
  await acknowledge(world.parts, id, ann);
  await world.clock.advance(15 * minute);
  world.parts.store = {
    ...world.memory.store,
    load: () => Promise.reject(new Fault('bad-record', 'not JSON')),
  };
  await world.tend();
  expect(await about('still firing')).toHaveLength(1);
});

describe.each([
  ['service', 'services', 'checkout'],
  ['source', 'sources', 'prom'],
] as const)('a group whose %s only another replica has', (what, where, name) => {
  test('goes on as it is: it is reminded of, follows its service, and is never closed', async () => {
    await world.deliver([world.alert()]);
    await acknowledge(world.parts, id, ann);
    world.away[what] = true;
    world.elsewhere[where].add(name);
    await world.clock.advance(15 * minute);
    await world.tend();
    await world.clock.advance(2 * hour);
    await world.tend();
    expect(await about('not in the configuration')).toEqual([]);
    expect(await about('still firing')).not.toEqual([]);
    expect(await world.group()).toMatchObject({ status: 'firing', service: 'checkout', dropped: null });
  });
});

test('an alert that comes to a replica whose file lacks its service stands in the thread of the service', async () => {
  world.away.service = true;
  world.elsewhere.services.add('checkout');
  await world.deliver([world.alert()]);
  expect(await world.group()).toMatchObject({ service: 'checkout', channel: 'C1' });
  world.away.service = false;
  await world.deliver([world.alert({ status: 'resolved' })]);
  expect(await world.group()).toMatchObject({ service: 'checkout', status: 'resolved' });
});

test('a person who acknowledges an alert that is no longer configured reads that nobody is reminded', async () => {
  await world.deliver([world.alert()]);
  world.away.service = true;
  await world.clock.advance(6 * 60 * minute);
  await world.tend();
  const answer = await acknowledge(world.parts, id, ann);
  expect(answer.ok && plain(answer.text)).toBe(
    'acknowledge: alert Slow of checkout is yours; there are no reminders, because its service or source is no longer configured.',
  );
});

describe('reminders', () => {
  test('end after the 24th, which says so', async () => {
    await world.deliver([world.alert()]);
    await acknowledge(world.parts, id, ann);
    for (let i = 0; i < 30; i += 1) {
      await world.clock.advance(15 * minute);
      await world.tend();
    }
    const reminders = await about('still firing');
    expect(reminders).toHaveLength(24);
    expect(reminders.at(-1)).toBe(
      'event @U0ANN: still firing after 6 h, and acknowledged by you: alert Slow of checkout. If it is over, press Close. This is the last reminder.',
    );
    expect(reminders.filter((each) => each.includes('last reminder'))).toHaveLength(1);
  });

  test.each([
    [
      'cli:ann, whom Slack does not know, to the operators',
      { kind: 'cli', name: 'ann' } as const,
      'event Still firing after 15 min, and acknowledged by cli:ann: alert Slow of checkout. If it is over, press Close. @S1',
    ],
    [
      'cli:ann, who is somebody in Slack, to that person',
      { kind: 'cli', name: 'ann', person: 'U0ANN' } as const,
      'event @U0ANN: still firing after 15 min, and acknowledged by you: alert Slow of checkout. If it is over, press Close.',
    ],
    [
      'Switchback itself to the operators',
      { kind: 'system', rule: 'x' } as const,
      'event Still firing after 15 min, and acknowledged by Switchback: alert Slow of checkout. If it is over, press Close. @S1',
    ],
  ])('of what was acknowledged by %s', async (_who, actor, expected) => {
    await world.deliver([world.alert()]);
    await acknowledge(world.parts, id, actor);
    await world.clock.advance(15 * minute);
    await world.tend();
    expect(await world.said()).toContain(expected);
  });
});
