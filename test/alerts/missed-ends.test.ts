/** An end that was never heard, and a sender that was restarted: what a later beginning of a known alert means. */
import { beforeEach, describe, expect, test } from 'vitest';
import { alertmanager, alertmanagerOptions } from '../../src/alerts/sources/alertmanager.ts';
import { wholeOf } from '../../src/alerts/whole.ts';
import { criticalOn } from '../../src/release/alert-gate.ts';
import { acknowledge } from '../support/alert-verbs.ts';
import { takeDelivery } from '../../src/release/alerts/take.ts';
import { alertmanagerBody } from '../support/alerts.ts';
import type { AlertFacts } from '../support/alerts.ts';
import { alertWorld, ann, minute } from '../support/alert-world.ts';
import { atOnce } from '../support/at-once.ts';

const hour = 60 * minute;
const id = 'a'.repeat(24);
let world: ReturnType<typeof alertWorld>;
beforeEach(async () => {
  world = alertWorld(id);
  await world.record({ state: 'idle' });
});

const stuck = (more = {}) => world.alert({ severity: 'critical', title: 'QueueStuck', ...more });
const broadcasts = async () => (await world.said()).filter((each) => each.startsWith('broadcast'));
/** The same body once more, after so many pauses of this length. */
const repeated = async (body: ReturnType<typeof stuck>[], times: number, pauseMs: number): Promise<void> => {
  for (let i = 0; i < times; i += 1) {
    await world.clock.advance(pauseMs);
    await world.deliver(body);
  }
};

describe('a later beginning after a long silence', () => {
  test('is a new firing: counted, announced in the channel, and acknowledged by nobody', async () => {
    await world.deliver([stuck()]);
    await acknowledge(world.parts, id, ann);
    await world.clock.advance(6 * 24 * hour);
    await world.deliver([stuck()]);
    expect(await world.group()).toMatchObject({
      status: 'firing',
      times: 2,
      acknowledged: null,
      since: world.clock.now(),
    });
    expect((await broadcasts()).slice(1)).toEqual([
      'broadcast 🚨 checkout: QueueStuck. It fires again; it was never reported as resolved. @S1',
    ]);
    expect((await world.card()).buttons).toContain('alert.acknowledge');
  });

  test('of a warning is announced in its thread', async () => {
    await world.deliver([world.alert()]);
    await world.clock.advance(9 * hour);
    await world.deliver([world.alert()]);
    expect((await world.said()).at(-1)).toBe(
      'event Firing again, never reported as resolved: Slow (warning).',
    );
    expect((await world.group()).times).toBe(2);
  });

  test('is seen next to the release that it follows now', async () => {
    await world.deliver([stuck()]);
    await world.clock.advance(24 * hour);
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.clock.advance(minute);
    await world.deliver([stuck()]);
    expect((await world.group()).follows).toMatchObject({ number: 7, afterMs: minute });
  });

  test('is announced while other alerts of its group go on firing and arrive', async () => {
    const other = stuck({ fingerprint: 'o', title: 'Other' });
    await world.deliver([other, stuck()]);
    await acknowledge(world.parts, id, ann);
    await repeated([other], 3, 4 * hour);
    await world.deliver([other, stuck()]);
    expect((await broadcasts()).slice(1)).toEqual([
      'broadcast 🚨 checkout: QueueStuck. It fires again; it was never reported as resolved. @S1',
    ]);
    expect(await world.group()).toMatchObject({ times: 1, acknowledged: { actor: ann } });
    expect((await world.card()).text).toContain('new critical since: QueueStuck');
  });
});

describe('a later beginning without such a silence', () => {
  test('is the same firing, of a sender that was restarted, and is not set against the release', async () => {
    const two = 48 * hour;
    await world.deliver([stuck({ since: world.clock.now() - two })]);
    const { since } = await world.group();
    await world.clock.advance(hour);
    await world.record({ state: 'baking', releases: [world.release()] });
    const said = await world.said();
    await world.clock.advance(minute);
    await world.deliver([stuck({ since: world.clock.now() - 10_000 })]);
    expect(await world.group()).toMatchObject({ since, times: 1 });
    expect(await world.said()).toEqual(said);
    const { buttons } = await world.card();
    expect(buttons).toContain('release.revert');
    expect(buttons).not.toContain('release.revert danger');
  });

  test('ends with the end of that, and not with one that was overtaken', async () => {
    const first = stuck();
    await world.deliver([first]);
    await world.clock.advance(hour);
    const again = stuck();
    await world.deliver([again]);
    await world.deliver([{ ...first, status: 'resolved', endedAt: world.clock.now() - minute }]);
    expect((await world.group()).status).toBe('firing');
    await world.clock.advance(minute);
    await world.deliver([{ ...again, status: 'resolved', endedAt: world.clock.now() }]);
    expect(await world.group()).toMatchObject({ status: 'resolved', resolvedAt: world.clock.now() });
  });
});

describe('an earlier beginning of what fires', () => {
  test('is when it fired: shown, and set against the release', async () => {
    const early = stuck();
    await world.clock.advance(minute);
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.clock.advance(4_000);
    await world.deliver([stuck()]);
    expect((await world.card()).text).toContain('Fired 4 s after release #7 went live.');
    await world.clock.advance(minute);
    await world.deliver([early]);
    expect(await world.group()).toMatchObject({
      since: early.since,
      times: 1,
      follows: { afterMs: -minute },
    });
    expect((await world.card()).text).toContain('Fired 1 min before release #7 went live.');
    const { revision } = await world.group();
    await world.deliver([stuck({ since: world.clock.now() - minute })]);
    expect(await world.group()).toMatchObject({ since: early.since, revision });
  });

  test('does not count when it belongs to an earlier firing, which ended or whose end did not arrive', async () => {
    const first = stuck();
    await world.deliver([first]);
    await world.clock.advance(minute);
    await world.deliver([{ ...first, status: 'resolved', endedAt: world.clock.now() }]);
    await world.clock.advance(minute);
    const second = stuck();
    await world.deliver([second]);
    await world.clock.advance(minute);
    await world.deliver([first]);
    expect(await world.group()).toMatchObject({ times: 2, since: second.since });
    await world.clock.advance(24 * hour);
    const third = stuck();
    await world.deliver([third]);
    await world.clock.advance(minute);
    for (const late of [first, second]) await world.deliver([late]);
    expect(await world.group()).toMatchObject({ times: 3, since: third.since });
  });
});

describe('the usual repeat of a sender', () => {
  test('is learned: after twice as long a later beginning is a new firing', async () => {
    await world.deliver([stuck()]);
    await repeated([stuck()], 4, hour);
    await world.clock.advance(2 * hour);
    await world.deliver([stuck()]);
    expect((await world.group()).times).toBe(1);
    await world.clock.advance(2 * hour + minute);
    await world.deliver([stuck()]);
    expect((await world.group()).times).toBe(2);
  });

  test('is not learned from deliveries that came for another alert, nor from few that are short', async () => {
    const part = stuck({ labels: { service: 'checkout' } });
    const other = (more = {}) => world.alert({ fingerprint: 'o', labels: { service: 'other' }, ...more });
    const body = async (...alerts: ReturnType<typeof stuck>[]): Promise<void> => {
      const delivery = { source: 'prom', group: 'g', alerts, truncated: 0, whole: wholeOf(alerts) };
      const { parts } = world;
      await takeDelivery(
        parts,
        delivery,
        (service) => (service === 'checkout' ? id : 'b'.repeat(24)),
        (labels) => labels['service'] ?? null,
      );
    };
    await body(part, other());
    for (let i = 0; i < 6; i += 1) {
      await world.clock.advance(5 * minute);
      await body(part, other({ summary: `${i}` }));
    }
    expect((await world.group()).repeats).toEqual([]);
    const last = other();
    await body(part, last);
    for (let i = 0; i < 3; i += 1) {
      await world.clock.advance(hour);
      await body(part, last);
    }
    await world.clock.advance(4 * hour);
    await world.tend();
    expect((await world.card()).text).not.toContain('No news');
  });

  test('is counted each time, and neither shown nor announced', async () => {
    const alert = stuck();
    await world.deliver([alert]);
    await world.drawn();
    const said = await world.said();
    await repeated([alert], 6, 4 * hour);
    expect(await world.group()).toMatchObject({ times: 1, heardAt: world.clock.now() });
    expect(await world.drawn()).toEqual([]);
    expect(await world.said()).toEqual(said);
    const { revision } = await world.group();
    await world.clock.advance(30_000);
    await world.deliver([alert]);
    expect((await world.group()).revision).toBe(revision);
  });
});

describe('a group for which no deliveries arrive any more', () => {
  test('says so after a day, and for how long, until a delivery arrives', async () => {
    const alert = stuck();
    await world.deliver([alert]);
    await world.clock.advance(23 * hour);
    await world.tend();
    expect((await world.card()).text).not.toContain('No news');
    await world.clock.advance(hour);
    await world.drawn();
    await world.tend();
    expect(await world.drawn()).toEqual([`@alerts ${id}`]);
    expect((await world.card()).text).toContain('No news for 24 h');
    for (let i = 0; i < 2; i += 1) {
      await world.clock.advance(hour);
      await world.tend();
    }
    expect(await world.drawn()).toEqual([`@alerts ${id}`]);
    expect((await world.card()).text).toContain('No news for 26 h: if it is over, press Close');
    await world.deliver([alert]);
    expect((await world.card()).text).not.toContain('No news');
    expect(await world.drawn()).toEqual([`@alerts ${id}`]);
  });

  test('says so after three repeats of a sender that is known', async () => {
    await world.deliver([stuck()]);
    await repeated([stuck()], 4, hour);
    await world.clock.advance(3 * hour);
    await world.tend();
    expect((await world.card()).text).toContain('No news for 3 h');
  });
});

describe('an alert that its sender silenced', () => {
  const source = alertmanager(alertmanagerOptions.parse({ kind: 'alertmanager', token: 't' }));
  const send = async (...alerts: AlertFacts[]): Promise<void> => {
    const read = atOnce(source.read(alertmanagerBody('g', alerts)));
    if (!read.ok) throw new Error(read.mistake);
    await world.deliver([...read.delivery.alerts], id, read.delivery);
  };
  const startsAt = (): Date => new Date(world.clock.now());

  test('goes on, when its sender reports the group without it', async () => {
    const down = { name: 'Down', startsAt: startsAt() };
    const slow = { name: 'Slow', severity: 'warning', startsAt: startsAt() };
    await send(down, slow);
    await world.clock.advance(5 * minute);
    await send({ ...slow, status: 'resolved', endsAt: startsAt() });
    expect(await world.group()).toMatchObject({ status: 'firing', severity: 'critical', titles: ['Down'] });
    const { text, buttons } = await world.card();
    expect(text).toContain('1 firing, 1 resolved');
    expect(buttons).toContain('alert.acknowledge');
    expect((await world.said()).join()).not.toContain('Resolved after');
    const of = { service: 'checkout', live: 'green' } as const;
    expect(await criticalOn(world.memory.alerts, of)).toMatchObject([{ title: 'Down' }]);
    await world.clock.advance(minute);
    await send({ ...down, status: 'resolved', endsAt: startsAt() });
    expect(await world.group()).toMatchObject({ status: 'resolved', resolvedAt: world.clock.now() });
  });
});
