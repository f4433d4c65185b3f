import { beforeEach, describe, expect, test } from 'vitest';
import { acknowledge, silence } from '../support/alert-verbs.ts';
import { mostMembers } from '../../src/release/alerts/member-limits.ts';
import { alertNameOf } from '../../src/release/alerts/alert-name.ts';
import { plain } from '../../src/release/line.ts';
import type { IncomingAlert } from '../../src/release/alerts/alert.ts';
import { alertWorld, ann, minute } from '../support/alert-world.ts';

const id = 'a'.repeat(24);
let world: ReturnType<typeof alertWorld>;
beforeEach(async () => {
  world = alertWorld(id);
  await world.record({ state: 'idle' });
});

const many = (count: number, more: Partial<IncomingAlert> = {}): IncomingAlert[] =>
  Array.from({ length: count }, (_, i) => world.alert({ fingerprint: `pod-${i}`, ...more }));
const ended = (alert: IncomingAlert, more: Partial<IncomingAlert> = {}): IncomingAlert => ({
  ...alert,
  status: 'resolved',
  endedAt: world.clock.now(),
  ...more,
});
const broadcasts = async (): Promise<string[]> =>
  (await world.said()).filter((words) => words.startsWith('broadcast'));

describe('more alerts than are kept by name', () => {
  test('never hide a worse one that began earlier, and the worse one is announced once', async () => {
    const others = many(mostMembers, { severity: 'info' });
    await world.deliver(others);
    const worst = world.alert({ title: 'Down', severity: 'critical', since: world.clock.now() - 5_000 });
    for (let i = 0; i < 3; i += 1) await world.deliver([worst]);
    expect(await world.group()).toMatchObject({ severity: 'critical', revision: 2, rest: { count: 1 } });
    expect(await broadcasts()).toEqual(['broadcast 🚨 checkout: Down. @S1']);
    expect((await world.card()).text).toContain('501 firing');
    await world.clock.advance(minute);
    await world.deliver(others.map((each) => ended(each)));
    expect(await world.group()).toMatchObject({ status: 'firing', severity: 'critical', rest: null });
    await world.deliver([ended(worst)]);
    expect((await world.group()).status).toBe('resolved');
  });

  test('are counted while they fire, are not announced, and end with the group', async () => {
    const all = many(mostMembers + 100);
    await world.deliver(all);
    await world.deliver(all);
    await world.deliver(all.toReversed());
    expect(await world.group()).toMatchObject({ revision: 1, rest: { count: 100 }, truncated: 0 });
    expect((await world.card()).text).toContain('600 firing');
    expect((await world.card()).text).not.toContain('not listed');
    const { members } = await world.group();
    await world.clock.advance(minute);
    await world.deliver(all.filter(({ fingerprint }) => fingerprint in members).map((each) => ended(each)));
    expect(await world.group()).toMatchObject({ status: 'firing', resolvedAt: null, rest: { count: 100 } });
    expect((await world.card()).text).toContain('100 firing');
    const left = all.filter(({ fingerprint }) => !(fingerprint in members));
    await world.deliver(left.map((each) => ended(each)));
    expect(await world.group()).toMatchObject({ status: 'resolved', resolvedAt: world.clock.now() });
    expect((await world.said()).at(-1)).toBe('event Resolved after 1 min.');
  });

  test('all end in one body, also one that joined above the bound', async () => {
    await world.deliver(many(mostMembers));
    const all = [world.alert({ fingerprint: 'joined' }), ...many(mostMembers)];
    await world.deliver(all);
    await world.clock.advance(minute);
    await world.deliver(all.map((each) => ended(each)));
    expect(await world.group()).toMatchObject({ status: 'resolved', rest: null });
  });

  test('end by a body that lists each of them, and by none that leaves some out', async () => {
    const all = many(mostMembers + 9);
    await world.deliver(all);
    await world.clock.advance(minute);
    await world.deliver(all.slice(2).map((each) => ended(each)));
    expect(await world.group()).toMatchObject({ status: 'firing', rest: null });
    expect((await world.card()).text).toContain('2 firing');
    await world.deliver(all.map((each) => ended(each)));
    expect(await world.group()).toMatchObject({ status: 'resolved', rest: null });
  });
});

describe('one that is critical', () => {
  test('is named where the channel is notified, with any other alerts firing', async () => {
    const others = ['W1', 'W2', 'W3'].map((title) => world.alert({ fingerprint: title, title }));
    await world.deliver([...others, world.alert({ fingerprint: 'd', title: 'Down', severity: 'critical' })]);
    expect(await broadcasts()).toEqual(['broadcast 🚨 checkout: Down. @S1']);
  });

  test('is the first title; of those beyond five it says how many', async () => {
    const titles = Array.from({ length: 8 }, (_, i) => `T${i}`);
    const alerts = titles.map((title) => world.alert({ fingerprint: title, title }));
    await world.deliver([...alerts.slice(0, 7), { ...alerts[7]!, severity: 'critical' }]);
    expect((await world.card()).text).toContain('T7, T0, T1, T2, T3 and 3 more');
    expect(plain(alertNameOf(await world.group()))).toBe('alert T7 and 7 more of checkout');
  });
});

describe('ends', () => {
  test('that arrive late keep out the beginnings that they overtook', async () => {
    const alert = world.alert({ severity: 'critical' });
    await world.deliver([alert]);
    await world.clock.advance(5 * minute);
    await world.deliver([ended(alert, { endedAt: world.clock.now() - 3 * minute })]);
    await world.clock.advance(1_000);
    await world.deliver([alert]);
    expect(await world.group()).toMatchObject({ status: 'resolved', times: 1 });
  });

  test('keep out what began with them, and no firing that begins in the same second', async () => {
    const alert = world.alert({ severity: 'critical' });
    await world.deliver([alert]);
    await world.clock.advance(5_000);
    await world.deliver([ended(alert)]);
    await world.deliver([alert]);
    expect(await world.group()).toMatchObject({ status: 'resolved', times: 1 });
    const next = world.alert({ severity: 'critical' });
    await world.deliver([next]);
    expect(await world.group()).toMatchObject({ status: 'firing', times: 2, since: world.clock.now() });
    // Of so short a firing the end says no later instant than the end before it.
    await world.deliver([ended(next)]);
    await world.deliver([next]);
    await world.deliver([alert]);
    expect(await world.group()).toMatchObject({ status: 'resolved', times: 2 });
  });

  test('of an alert that others of its group outlast keep no firing of the same second out', async () => {
    const other = world.alert({ fingerprint: 'other' });
    const alert = world.alert();
    await world.deliver([other, alert]);
    await world.clock.advance(5_000);
    await world.deliver([ended(alert)]);
    await world.deliver([alert]);
    expect((await world.card()).text).toContain('1 firing, 1 resolved');
    await world.deliver([world.alert()]);
    expect((await world.card()).text).toContain('2 firing');
  });

  test('that come before their beginning keep it out, and show nothing', async () => {
    const alert = world.alert();
    await world.clock.advance(6_000);
    await world.deliver([ended(alert)]);
    await world.deliver([alert]);
    await world.deliver([ended(alert)]);
    expect(await world.drawn()).toEqual([]);
    expect(await world.said()).toEqual([]);
    expect(await world.group()).toMatchObject({ status: 'resolved', times: 0, revision: 1 });
    await world.clock.advance(minute);
    await world.deliver([world.alert()]);
    expect(await world.said()).toEqual(['progress Firing: Slow (warning).']);
  });

  test('in one body with their beginning were over before they arrived', async () => {
    const alert = world.alert();
    await world.clock.advance(6_000);
    await world.deliver([alert, ended(alert)]);
    await world.deliver([ended(alert), alert]);
    expect(await world.said()).toEqual([]);
    expect(await world.group()).toMatchObject({ times: 0, members: {} });
  });

  test('rounded down below their beginning are ends', async () => {
    const alert = world.alert({ since: world.clock.now() + 900 });
    await world.deliver([alert]);
    await world.clock.advance(2_000);
    await world.deliver([ended(alert, { endedAt: alert.since - 900 })]);
    expect(await world.group()).toMatchObject({ status: 'resolved', resolvedAt: alert.since });
  });

  test('without a time count from their arrival, and keep no later beginning out', async () => {
    const alert = world.alert();
    await world.deliver([alert]);
    await world.clock.advance(40 * minute);
    const { endedAt: _none, ...end } = ended(alert);
    await world.deliver([end]);
    expect((await world.said()).at(-1)).toBe('event Resolved after 40 min.');
    await world.deliver([world.alert({ since: world.clock.now() - minute })]);
    expect(await world.group()).toMatchObject({ status: 'firing', times: 2 });
  });

  test('leave nothing behind that a later firing shows as its own', async () => {
    const disk = world.alert({
      fingerprint: 'disk',
      title: 'DiskFull',
      summary: 'no room',
      severity: 'critical',
    });
    const link = { label: 'Runbook', url: 'https://runbooks.example.com/disk' };
    await world.deliver([{ ...disk, links: [link] }]);
    await world.clock.advance(5 * minute);
    await world.deliver([ended(disk)]);
    await world.clock.advance(7 * 24 * 60 * minute);
    const slow = world.alert({ summary: 'p99 above 2 s' });
    await world.deliver([slow]);
    expect(await world.group()).toMatchObject({ links: [], titles: ['Slow'] });
    await world.clock.advance(5 * minute);
    await world.deliver([ended(slow)]);
    const { text } = await world.card();
    expect(text).toContain('✅ *checkout*: Slow resolved after 5 min');
    expect(text).not.toMatch(/Disk|no room/);
  });

  test('count for the firing they were in', async () => {
    for (let i = 0; i < 5; i += 1) {
      const alert = world.alert({ fingerprint: `pod-${i}` });
      await world.deliver([alert]);
      await world.clock.advance(minute);
      await world.deliver([ended(alert)]);
      await world.clock.advance(minute);
    }
    await world.deliver(many(2, { fingerprint: 'pod-x' }));
    expect((await world.card()).text).toContain('opened 6 times');
  });
});

describe('a repeat of an alert that fires', () => {
  test('is shown, and announced to nobody', async () => {
    const link = (name: string) => ({ label: 'Runbook', url: `https://runbooks.example.com/${name}` });
    const alert = world.alert({ summary: '5 % fail', severity: 'critical', links: [link('a')] });
    await world.deliver([alert]);
    const said = await world.said();
    await world.drawn();
    const next = { ...alert, summary: '90 % fail', title: 'Slower', links: [link('b')] };
    await world.deliver([next]);
    expect(await world.drawn()).toHaveLength(1);
    expect(await world.group()).toMatchObject({
      summary: '90 % fail',
      titles: ['Slower'],
      links: [link('b')],
    });
    await world.deliver([{ ...next, severity: 'info' }], id, { truncated: 20 });
    expect((await world.card()).text).toMatch(/info[^]*20 more not listed by the sender/);
    await world.deliver([{ ...next, severity: 'info' }], id, { truncated: 3 });
    expect((await world.card()).text).toContain('3 more not listed');
    expect(await world.said()).toEqual(said);
    await world.drawn();
    await world.deliver([{ ...next, severity: 'info' }], id, { truncated: 3 });
    expect(await world.drawn()).toEqual([]);
  });

  test('of a group that arrives in parts does not change its links to and fro', async () => {
    const part = (name: string, severity: IncomingAlert['severity']) =>
      world.alert({
        fingerprint: name,
        severity,
        links: [{ label: name, url: `https://runbooks.example.com/${name}` }],
      });
    await world.deliver([part('a', 'critical')]);
    await world.deliver([part('b', 'warning')]);
    const { revision } = await world.group();
    await world.deliver([part('a', 'critical')]);
    await world.deliver([part('b', 'warning')]);
    expect(await world.group()).toMatchObject({ revision, links: [{ label: 'a' }] });
  });

  test.each(['', ' ', '\u200b\u202e'])('a title %j in which nothing is seen names nothing', async (title) => {
    await world.deliver([world.alert({ title })]);
    expect(await world.said()).toEqual(['progress Firing: alert (warning).']);
  });
});

test('a silence until a release settled does not cover a firing after that', async () => {
  await world.record({ state: 'baking', releases: [world.release()] });
  const alert = world.alert({ severity: 'critical' });
  await world.deliver([alert]);
  await silence(world.parts, id, ann, { choice: 'release' });
  await world.clock.advance(5 * minute);
  await world.deliver([ended(alert)]);
  await world.record({
    state: 'idle',
    releases: [world.release({ status: 'live', settledAt: world.clock.now() })],
  });
  await world.clock.advance(3 * 24 * 60 * minute);
  await world.deliver([world.alert({ severity: 'critical' })]);
  expect((await world.group()).silenced).toBeNull();
  await acknowledge(world.parts, id, ann);
  await world.clock.advance(6 * minute);
  await world.tend();
  expect((await world.said()).join()).not.toContain('The silence ended');
});
