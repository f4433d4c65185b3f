import { describe, expect, test } from 'vitest';
import { mostAlerts } from '../../src/alerts/source.ts';
import type { AlertGroup, IncomingAlert } from '../../src/release/alerts/alert.ts';
import { isSilent, releaseInWindow } from '../../src/release/alerts/context.ts';
import type { AlertContext } from '../../src/release/alerts/context.ts';
import { alertDueOf } from '../../src/release/alerts/due.ts';
import { lasted } from '../../src/release/alerts/notices.ts';
import { followsLine } from '../../src/release/alerts/attribution.ts';
import { mostMembers } from '../../src/release/alerts/member-limits.ts';
import { emptyGroup, mergeAlerts } from '../../src/release/alerts/merge.ts';
import type { Merged } from '../../src/release/alerts/merge.ts';
import { plain } from '../../src/release/line.ts';
import type { Release, ServiceRecord } from '../../src/release/release.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import { record } from '../store/record.ts';

const minute = 60_000;
const switched = Date.UTC(2026, 10, 21, 9);
const settings = settingsSchema.parse({
  colors: { blue: { url: 'http://10.0.0.11' }, green: { url: 'http://10.0.0.12' } },
  router: { kind: 'http' },
  health: [{ kind: 'http' }],
  promotion: { bake: '10m' },
  alerts: { attribute: '30m', remind: '15m' },
});

function service(state: ServiceRecord['state'], status: Release['status'] = 'baking'): ServiceRecord {
  const release: Release = {
    id: 'r1',
    number: 7,
    version: 'v2',
    color: 'green',
    from: 'v1',
    status,
    stagedBy: { kind: 'cli', name: 'ann' },
    stagedAt: switched,
    promotedAt: switched,
    switchMs: 200,
    steps: [],
  };
  return record('checkout', { state, live: 'green', epoch: 2, releases: [release] });
}

const context = (afterMs = 5 * minute, of: ServiceRecord | null = service('baking')): AlertContext => ({
  now: switched + afterMs,
  record: of,
  settings,
});

function alert(more: Partial<IncomingAlert> = {}): IncomingAlert {
  return {
    fingerprint: 'f1',
    status: 'firing',
    severity: 'warning',
    title: 'Slow',
    summary: '',
    labels: {},
    since: switched + 4 * minute,
    links: [],
    ...more,
  };
}

const empty = emptyGroup({ id: 'a', source: 'prom', group: 'g', service: 'checkout', channel: 'C1' });

function merged(before: AlertGroup, alerts: IncomingAlert[], by: AlertContext = context()): Merged {
  const found = mergeAlerts(before, alerts, by);
  if (found === undefined) throw new Error('it changed nothing');
  return found;
}

const opened = (alerts: IncomingAlert[] = [alert()], by?: AlertContext): AlertGroup =>
  merged(empty, alerts, by).group;

describe('a delivery', () => {
  test('opens a group, and the same again changes nothing', () => {
    const first = merged(empty, [alert()]);
    expect(first).toMatchObject({
      opened: true,
      resolved: false,
      group: { status: 'firing', times: 1, severity: 'warning' },
    });
    expect(mergeAlerts(first.group, [alert()], context())).toBeUndefined();
  });

  test('resolves a group when its last alert has ended, and opens it again by a later beginning', () => {
    const two = opened([alert(), alert({ fingerprint: 'f2' })]);
    const ended = alert({ status: 'resolved', endedAt: switched + 6 * minute });
    const one = merged(two, [ended]);
    expect(one).toMatchObject({ resolved: false, ended: [{ status: 'resolved' }] });
    const none = merged(one.group, [{ ...ended, fingerprint: 'f2' }], context(6 * minute));
    expect(none).toMatchObject({ resolved: true, group: { resolvedAt: switched + 6 * minute } });
    const again = merged(none.group, [alert({ since: switched + 8 * minute })], context(8 * minute));
    expect(again).toMatchObject({ opened: true, group: { times: 2, since: switched + 8 * minute } });
  });

  test('that was overtaken turns nothing back', () => {
    const end = alert({ status: 'resolved', endedAt: switched + 6 * minute });
    const resolved = merged(opened(), [end]).group;
    expect(mergeAlerts(resolved, [alert()], context())).toBeUndefined();
    const again = merged(resolved, [alert({ since: switched + 7 * minute })]).group;
    expect(mergeAlerts(again, [end], context())).toBeUndefined();
  });

  test.each([-10, -3, 0, 10])(
    'that begins again as it began before fires again, unless it was overtaken; its sender is %i min ahead',
    (ahead) => {
      const end = alert({ status: 'resolved', endedAt: switched + (15 + ahead) * minute });
      const begun = alert({ since: switched + (4 + ahead) * minute });
      const resolved = merged(opened([begun]), [{ ...end, since: begun.since }], context(15 * minute)).group;
      expect(mergeAlerts(resolved, [begun], context(15 * minute + 29_000))).toBeUndefined();
      expect(merged(resolved, [begun], context(16 * minute))).toMatchObject({
        opened: true,
        group: { times: 2 },
      });
    },
  );

  test('of as many alerts as a body may bring changes nothing when it comes again', () => {
    const many = Array.from({ length: mostAlerts }, (_, i) => alert({ fingerprint: `f${i}` }));
    const group = opened(many);
    expect(group.rest).toBeNull();
    expect(mergeAlerts(group, many, context())).toBeUndefined();
  });

  test('of an end that nobody saw begin is remembered for a while: what it overtook is over', () => {
    const end = alert({ status: 'resolved', endedAt: switched + 6 * minute });
    const heard = merged(empty, [end], context(6 * minute));
    expect(heard).toMatchObject({ opened: false, resolved: false, shown: false, group: { times: 0 } });
    expect(mergeAlerts(heard.group, [end], context(6 * minute))).toBeUndefined();
    expect(mergeAlerts(heard.group, [alert()], context(6 * minute + 29_000))).toBeUndefined();
    const later = alert({ since: switched + 6 * minute + 1 });
    expect(merged(heard.group, [later], context(6 * minute + 2)).opened).toBe(true);
    expect(merged(heard.group, [alert()], context(7 * minute)).opened).toBe(true);
    // In a group that fires, too.
    const one = opened([alert({ fingerprint: 'f2' })]);
    const beside2 = merged(one, [end], context(6 * minute));
    expect(beside2).toMatchObject({ shown: false, group: { status: 'firing', heardAt: one.heardAt } });
    expect(mergeAlerts(beside2.group, [alert()], context(6 * minute + 1))).toBeUndefined();
  });

  test('of an end goes to other groups only to end what fires there', () => {
    const end = alert({ status: 'resolved', endedAt: switched, elsewhere: true });
    expect(mergeAlerts(empty, [end], context())).toBeUndefined();
  });

  test('makes the worst of what fires the severity, and says when it rises', () => {
    const group = opened([alert({ severity: 'info' })]);
    const worse = merged(group, [alert({ fingerprint: 'f2', severity: 'critical' })]);
    expect(worse).toMatchObject({ worse: true, group: { severity: 'critical', broadcast: 'critical' } });
    const better = merged(worse.group, [
      alert({ fingerprint: 'f2', status: 'resolved', endedAt: switched + 9 * minute }),
    ]);
    expect(better).toMatchObject({ worse: false, group: { severity: 'info', broadcast: 'critical' } });
  });

  test('of more alerts than are kept drops those that ended first, and counts the rest', () => {
    const many = Array.from({ length: mostMembers }, (_, i) => alert({ fingerprint: `f${i}` }));
    const group = opened(many);
    const ended = merged(group, [
      alert({ fingerprint: 'f0', status: 'resolved', endedAt: switched + 9 * minute }),
    ]).group;
    const more = merged(ended, [alert({ fingerprint: 'g0' })]).group;
    expect(Object.keys(more.members)).toHaveLength(mostMembers);
    expect(more.members['f0']).toBeUndefined();
    expect(more.rest).toBeNull();
    expect(merged(more, [alert({ fingerprint: 'g1' })]).group).toMatchObject({
      truncated: 0,
      rest: { count: 1, severity: 'warning' },
    });
  });

  test('keeps names such as __proto__ apart from what an object has', () => {
    const group = opened([alert({ fingerprint: 'constructor', title: '__proto__' })]);
    expect(group.titles).toEqual(['__proto__']);
    const end = alert({ fingerprint: 'toString', status: 'resolved' });
    expect(merged(group, [end])).toMatchObject({ shown: false, group: { members: group.members } });
  });
});

describe('next to a release', () => {
  test('an alert says how long after the switch it began', () => {
    const group = opened();
    // The record was written 200 ms after the switch had begun.
    expect(group.follows).toMatchObject({ number: 7, afterMs: 4 * minute + 200 });
    expect(plain(followsLine(group.follows))).toBe('Fired 4 min after release #7 went live.');
  });

  test('one that began before the switch says so', () => {
    const group = opened([alert({ since: switched - 30_000 })]);
    expect(plain(followsLine(group.follows))).toBe('Fired 30 s before release #7 went live.');
  });

  test.each([
    ['while it bakes, however long', service('baking'), 5 * 60 * minute, true],
    ['for the bake and what is configured after it', service('idle', 'live'), 39 * minute, true],
    ['not later', service('idle', 'live'), 41 * minute, false],
    ['not after a revert', service('idle', 'reverted'), minute, false],
    ['not where nothing was released', record('checkout'), minute, false],
  ])('is attributed %s', (_when, of, afterMs, expected) => {
    expect(releaseInWindow(context(afterMs, of)) !== undefined).toBe(expected);
    expect(opened([alert()], context(afterMs, of)).follows !== null).toBe(expected);
  });
});

describe('the acts of people', () => {
  const actor = { kind: 'slack', user: 'U0ANN', team: 'T' } as const;
  const group = opened();

  test('ends with the firing; a silence that lasts, lasts', () => {
    const until = switched + 60 * minute;
    const cared: AlertGroup = {
      ...group,
      acknowledged: { actor, at: 1 },
      silenced: { actor, at: 1, until, release: null },
    };
    const end = alert({ status: 'resolved', endedAt: switched + 6 * minute });
    const again = merged(merged(cared, [end]).group, [alert({ since: switched + 7 * minute })]).group;
    expect(again).toMatchObject({ acknowledged: null, silenced: { until } });
    const late = merged(
      merged(cared, [end]).group,
      [alert({ since: switched + 7 * minute })],
      context(61 * minute),
    ).group;
    expect(late.silenced).toBeNull();
  });

  test('a silence holds for its time, or while the release bakes', () => {
    const until: AlertGroup = {
      ...group,
      silenced: { actor, at: 1, until: switched + minute, release: null },
    };
    expect(isSilent(until, context(minute - 1))).toBe(true);
    expect(isSilent(until, context(minute))).toBe(false);
    const release: AlertGroup = { ...group, silenced: { actor, at: 1, until: null, release: 'r1' } };
    expect(isSilent(release, context(9 * minute))).toBe(true);
    expect(isSilent(release, context(9 * minute, service('idle', 'live')))).toBe(false);
    expect(isSilent(group, context())).toBe(false);
  });

  test('a reminder is due after the configured time, again and again; nothing is when it has resolved', () => {
    const at = switched + 5 * minute;
    const taken: AlertGroup = { ...group, acknowledged: { actor, at } };
    expect(alertDueOf(taken, context())).toBe(at + 15 * minute);
    expect(alertDueOf({ ...taken, remindedAt: at + 15 * minute }, context())).toBe(at + 30 * minute);
    expect(alertDueOf({ ...taken, status: 'resolved' }, context())).toBeNull();
  });

  test('a group is due when the window of its release ends, as foreseen while that bakes', () => {
    expect(alertDueOf(group, context())).toBe(switched + 40 * minute);
    expect(alertDueOf(group, context(2 * 60 * minute))).toBe(switched + 125 * minute);
    expect(alertDueOf(group, context(20 * minute, service('idle', 'live')))).toBe(switched + 40 * minute);
    expect(alertDueOf(group, context(minute, service('promoting', 'promoting')))).toBe(switched + 6 * minute);
    // Then only now and then, whether it is still configured; and not for ever.
    const later = (afterMs: number) => alertDueOf(group, context(afterMs, service('idle', 'live')));
    expect(later(41 * minute)).toBe(switched + (41 + 6 * 60) * minute);
    expect(later(28 * 24 * 60 * minute)).not.toBeNull();
    expect(later((28 * 24 * 60 + 5) * minute)).toBeNull();
  });

  test('how long it lasted is said in words', () => {
    expect(lasted({ since: 0, resolvedAt: 42_000 })).toBe('42 s');
    expect(lasted({ since: 0, resolvedAt: 7 * minute })).toBe('7 min');
    expect(lasted({ since: 0, resolvedAt: 125 * minute })).toBe('2 h 5 min');
    expect(lasted({ since: 5, resolvedAt: 0 })).toBe('0 s');
  });
});
