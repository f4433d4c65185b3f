/** What holds of a group of alerts whatever is delivered, and in whatever order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupSchema, severities } from '../../src/release/alerts/alert.ts';
import type { AlertGroup, IncomingAlert } from '../../src/release/alerts/alert.ts';
import { mostMembers } from '../../src/release/alerts/member-limits.ts';
import { rank } from '../../src/release/alerts/members.ts';
import { emptyGroup, mergeAlerts } from '../../src/release/alerts/merge.ts';

const begin = Date.UTC(2026, 10, 21, 9);
const minute = 60_000;
const names = ['a', 'b', 'c', 'd', 'toString'];
const empty = emptyGroup({ id: 'a', source: 'prom', group: 'g', service: 'checkout', channel: 'C1' });

/** A group after a delivery, as it is stored and read again. */
function after(group: AlertGroup, alerts: readonly IncomingAlert[], now: number): AlertGroup {
  const by = { now, record: null, settings: undefined };
  const merged = mergeAlerts(group, alerts, by);
  return merged === undefined ? group : groupSchema.parse(JSON.parse(JSON.stringify(merged.group)));
}

const alertOf = (more: Partial<IncomingAlert> = {}): IncomingAlert => ({
  fingerprint: 'a',
  status: 'firing',
  severity: 'warning',
  title: 'Slow',
  summary: '',
  labels: {},
  since: begin,
  links: [],
  ...more,
});

/** Any alert that began in these ten minutes; of ends, some say when, and some say nonsense. */
const anyAlert = fc
  .record({
    fingerprint: fc.constantFrom(...names),
    status: fc.constantFrom('firing' as const, 'resolved' as const),
    severity: fc.constantFrom(...severities),
    summary: fc.constantFrom('', 'one', 'two'),
    since: fc.integer({ min: 0, max: 10 }).map((at) => begin + at * minute),
    lasted: fc.option(fc.integer({ min: -2, max: 5 }), { nil: undefined }),
  })
  .map(({ lasted, ...alert }) =>
    alertOf({
      ...alert,
      ...(alert.status === 'resolved' && lasted !== undefined && { endedAt: alert.since + lasted * minute }),
    }),
  );
const deliveries = fc.array(
  fc.record({
    alerts: fc.array(anyAlert, { minLength: 1, maxLength: 6 }),
    wait: fc.constantFrom(0, 1_000, 29_000, minute, 10 * minute),
  }),
  { maxLength: 12 },
);

/** The group after all of them, and the time it is then. */
function played(all: readonly { alerts: IncomingAlert[]; wait: number }[]) {
  let now = begin;
  let group = empty;
  for (const { alerts, wait } of all) {
    now += wait;
    group = after(group, alerts, now);
  }
  return { group, now };
}

/** Ends of all that began by then. */
const endsOf = (fingerprints: readonly string[], at: number): IncomingAlert[] =>
  fingerprints.map((fingerprint) => alertOf({ fingerprint, status: 'resolved', since: at, endedAt: at }));

describe('after any deliveries', () => {
  test('a delivery that comes twice changes nothing the second time', () => {
    fc.assert(
      fc.property(deliveries, fc.array(anyAlert, { minLength: 1, maxLength: 6 }), (all, last) => {
        const { group, now } = played(all);
        const once = after(group, last, now);
        expect(mergeAlerts(once, last, { now, record: null, settings: undefined })).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test('the group is resolved once all is said to have ended', () => {
    fc.assert(
      fc.property(deliveries, fc.shuffledSubarray(names, { minLength: names.length }), (all, order) => {
        let { group, now } = played(all);
        for (const end of endsOf(order, now + 10 * minute)) group = after(group, [end], (now += 1_000));
        expect(group).toMatchObject({ status: 'resolved' });
        expect(group.resolvedAt === null).toBe(group.times === 0);
      }),
      { numRuns: 300 },
    );
  });

  test('it fires, at least as severely as each that began last and has not ended', () => {
    fc.assert(
      fc.property(deliveries, deliveries, fc.constantFrom(...severities), (all, more, severity) => {
        const { group, now } = played(all);
        const last = alertOf({ fingerprint: 'x', severity, since: now + 20 * minute });
        let next = after(group, [last], now);
        for (const { alerts } of more) next = after(next, alerts, now);
        expect(next.status).toBe('firing');
        expect(rank(next.severity)).toBeLessThanOrEqual(rank(severity));
        expect(next.members['x']).toMatchObject({ status: 'firing', latest: last.since });
      }),
      { numRuns: 300 },
    );
  });

  test('the group shows the beginning and the severity of its firing alerts', () => {
    fc.assert(
      fc.property(deliveries, (all) => {
        const { group } = played(all);
        const firing = Object.values(group.members).filter(({ status }) => status === 'firing');
        expect(group.status).toBe(firing.length > 0 ? 'firing' : 'resolved');
        if (firing.length === 0) return;
        expect(rank(group.severity)).toBe(Math.min(...firing.map(({ severity }) => rank(severity))));
        expect(group.since).toBeLessThanOrEqual(Math.min(...firing.map(({ since }) => since)));
        expect(group.since).toBeGreaterThanOrEqual(begin);
      }),
      { numRuns: 300 },
    );
  });
});

/** Firings of one alert, one after the other: each with its end. */
const firings = fc
  .tuple(fc.constantFrom(...names), fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }))
  .map(([fingerprint, lengths]) => {
    let at = begin;
    return lengths.flatMap((length) => {
      const since = (at += minute);
      const endedAt = (at += length * minute);
      const alert = alertOf({ fingerprint, since });
      return [alert, { ...alert, status: 'resolved' as const, endedAt }];
    });
  });

test('firings and their ends leave nothing firing, in any order within half a minute', () => {
  const orders = fc
    .uniqueArray(firings, { minLength: 1, maxLength: 4, selector: ([first]) => first?.fingerprint })
    .chain((all) => fc.shuffledSubarray(all.flat(), { minLength: all.flat().length }));
  fc.assert(
    fc.property(orders, (alerts) => {
      let group = empty;
      let now = begin + 60 * minute;
      for (const alert of alerts) group = after(group, [alert], (now += 1_000));
      expect(group.status).toBe('resolved');
    }),
    { numRuns: 300 },
  );
});

test('firings and their ends leave nothing firing above the cap of names, too, while a sender lists all', () => {
  const pods = Array.from({ length: mostMembers + 40 }, (_, i) => `pod-${i}`);
  const severityOf = (name: string) => severities[name.length % severities.length] ?? 'unknown';
  /** Some that stand next to one another, from any place on. */
  const run = fc
    .record({ from: fc.nat(pods.length - 1), length: fc.nat(pods.length) })
    .map(({ from, length }) => [...pods.slice(from), ...pods.slice(0, from)].slice(0, length));
  const steps = fc.array(run, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(steps, fc.boolean(), (all, turned) => {
      const order = turned ? pods.toReversed() : pods;
      let group = empty;
      let now = begin;
      let firing = new Set<string>();
      // Each step is the body of all that fires, and of what has ended since the one before.
      for (const some of [...all, []]) {
        now += minute;
        const fires = new Set(some);
        const listed = order.filter((name) => fires.has(name) || firing.has(name));
        if (listed.length === 0) continue;
        const body = listed.map((fingerprint) =>
          alertOf({
            fingerprint,
            severity: severityOf(fingerprint),
            ...(!fires.has(fingerprint) && { status: 'resolved', endedAt: now }),
          }),
        );
        group = after(group, body, now);
        expect(after(group, body, now)).toBe(group);
        expect(group.status).toBe(fires.size > 0 ? 'firing' : 'resolved');
        const named = Object.values(group.members).filter(({ status }) => status === 'firing');
        expect(named.length + (group.rest?.count ?? 0)).toBe(fires.size);
        // When all has ended, it is that of all that fired.
        const shown = fires.size > 0 ? [...fires].map(severityOf) : [group.severity];
        expect(rank(group.severity)).toBe(Math.min(...shown.map(rank)));
        firing = fires;
      }
      expect(group.status).toBe('resolved');
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

test('a later beginning is a new firing after a long silence, and without one it is the firing that is known', () => {
  const hour = 60 * minute;
  const steps = fc.array(
    fc.record({
      wait: fc.constantFrom(minute, hour, 3 * hour, 7 * hour, 9 * hour, 23 * hour, 72 * hour),
      later: fc.boolean(),
    }),
    { maxLength: 15 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      let now = begin;
      let since = begin;
      let group = after(empty, [alertOf()], now);
      const expected = { times: 1, since: begin };
      let pauses: number[] = [];
      for (const { wait, later } of all) {
        now += wait;
        const longest = Math.max(5 * minute, ...pauses);
        const agree = pauses.length === 4 && longest <= 1.5 * Math.max(5 * minute, Math.min(...pauses));
        const known = pauses.length >= 2 && (longest >= 4 * hour || agree);
        const usual = known ? longest : 4 * hour;
        if (later) since = now;
        if (later && wait > 2 * usual) Object.assign(expected, { times: expected.times + 1, since });
        if (!later && wait <= 24 * hour) pauses = [...pauses, wait].slice(-4);
        group = after(group, [alertOf({ since })], now);
        expect(group).toMatchObject({ status: 'firing', ...expected });
      }
      group = after(group, [alertOf({ status: 'resolved', since, endedAt: now })], (now += minute));
      expect(group.status).toBe('resolved');
    }),
    { numRuns: 300 },
  );
});
