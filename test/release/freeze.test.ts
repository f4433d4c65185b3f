import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freezeAt, nextFreeze } from '../../src/release/freeze.ts';
import { type Freeze, freezeSchema } from '../../src/release/settings.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const at = (iso: string) => Date.parse(iso);
const iso = (instant: number | undefined) =>
  instant === undefined ? undefined : new Date(instant).toISOString();
const freeze = (value: unknown): Freeze => freezeSchema.parse(value);
const weekly = (days: string[], from: string, to: string, zone = 'Europe/Berlin', reason = 'weekly') =>
  freeze({ days, from, to, zone, reason });
const dated = (start: string, end: string, zone = 'Europe/Berlin', reason = 'dated') =>
  freeze({ start, end, zone, reason });

const fridays = weekly(['fri'], '15:00', '24:00');
const nights = weekly(['fri'], '22:00', '06:00');

// Clocks in Berlin: +1 h at 2027-03-28T01:00Z, -1 h at 2026-10-25T01:00Z. In New York: +1 h at 2027-03-14T07:00Z,
// -1 h at 2026-11-01T06:00Z.
const holds: [string, Freeze[], string, string | undefined][] = [
  ['before it begins', [fridays], '2026-11-20T13:59:59.999Z', undefined],
  ['from its first millisecond', [fridays], '2026-11-20T14:00:00.000Z', '2026-11-20T23:00:00.000Z'],
  ['to its last millisecond', [fridays], '2026-11-20T22:59:59.999Z', '2026-11-20T23:00:00.000Z'],
  ['not at its end', [fridays], '2026-11-20T23:00:00.000Z', undefined],
  ['in summer an hour earlier by UTC', [fridays], '2026-07-03T13:00:00.000Z', '2026-07-03T22:00:00.000Z'],
  ['across midnight, in the evening', [nights], '2026-11-20T21:30:00.000Z', '2026-11-21T05:00:00.000Z'],
  ['across midnight, in the morning', [nights], '2026-11-21T04:59:00.000Z', '2026-11-21T05:00:00.000Z'],
  ['across midnight, not on the morning of its day', [nights], '2026-11-20T04:00:00.000Z', undefined],
  ['across midnight, not on the next evening', [nights], '2026-11-21T21:30:00.000Z', undefined],
  [
    'over the hour that Berlin skips',
    [weekly(['sat'], '22:00', '06:00')],
    '2027-03-28T02:00:00Z',
    '2027-03-28T04:00:00.000Z',
  ],
  [
    'over the hour that Berlin repeats',
    [weekly(['sat'], '22:00', '06:00')],
    '2026-10-25T01:30:00Z',
    '2026-10-25T05:00:00.000Z',
  ],
  [
    'from a time that Berlin skips',
    [weekly(['sun'], '02:30', '05:00')],
    '2027-03-28T01:00:00Z',
    '2027-03-28T03:00:00.000Z',
  ],
  [
    'not before a time that Berlin skips',
    [weekly(['sun'], '02:30', '05:00')],
    '2027-03-28T00:59:59Z',
    undefined,
  ],
  [
    'to a time that Berlin skips',
    [weekly(['sun'], '01:00', '02:30')],
    '2027-03-28T00:59:59Z',
    '2027-03-28T01:00:00.000Z',
  ],
  [
    'to the second showing of a time',
    [weekly(['sun'], '01:00', '02:30')],
    '2026-10-25T01:10:00Z',
    '2026-10-25T01:30:00.000Z',
  ],
  [
    'from the first showing of a time',
    [weekly(['sun'], '02:30', '05:00')],
    '2026-10-25T00:30:00Z',
    '2026-10-25T04:00:00.000Z',
  ],
  [
    'not past an end that is not repeated',
    [weekly(['sun'], '01:00', '02:00')],
    '2026-10-25T00:30:00Z',
    undefined,
  ],
  [
    'over the hour that New York skips',
    [weekly(['sun'], '01:00', '04:00', 'America/New_York')],
    '2027-03-14T07:30:00Z',
    '2027-03-14T08:00:00.000Z',
  ],
  [
    'over the hour that New York repeats',
    [weekly(['sun'], '01:15', '01:45', 'America/New_York')],
    '2026-11-01T06:00:00Z',
    '2026-11-01T06:45:00.000Z',
  ],
  [
    'never, when all of it is skipped',
    [weekly(['sun'], '02:10', '02:50')],
    '2027-03-28T01:00:00Z',
    undefined,
  ],
  [
    'in a zone of half hours',
    [weekly(['mon'], '09:00', '10:00', 'Asia/Kolkata')],
    '2026-11-23T03:30:00Z',
    '2026-11-23T04:30:00.000Z',
  ],
  [
    'all day from midnight to midnight',
    [weekly(['sun'], '00:00', '00:00', 'UTC')],
    '2026-11-22T12:00:00Z',
    '2026-11-23T00:00:00.000Z',
  ],
  [
    'between two dates',
    [dated('2026-12-20T00:00', '2027-01-02T00:00')],
    '2026-12-19T23:00:00Z',
    '2027-01-01T23:00:00.000Z',
  ],
  [
    'not at the end of the dates',
    [dated('2026-12-20T00:00', '2027-01-02T00:00')],
    '2027-01-01T23:00:00Z',
    undefined,
  ],
  [
    'dates across a change of clocks',
    [dated('2026-10-24T12:00', '2026-10-26T12:00')],
    '2026-10-24T10:00:00Z',
    '2026-10-26T11:00:00.000Z',
  ],
  [
    'to the end of those that follow without a gap',
    [fridays, weekly(['sat', 'sun'], '00:00', '24:00')],
    '2026-11-20T15:00:00Z',
    '2026-11-22T23:00:00.000Z',
  ],
  [
    'to the end of those that overlap',
    [fridays, dated('2026-11-20T20:00', '2026-11-21T08:00')],
    '2026-11-20T15:00:00Z',
    '2026-11-21T07:00:00.000Z',
  ],
  ['not when nothing is planned', [], '2026-11-20T15:00:00Z', undefined],
];

describe('a freeze holds', () => {
  test.each(holds)('%s', (_name, freezes, instant, until) => {
    expect(iso(freezeAt(freezes, at(instant))?.until)).toBe(until);
  });

  test('with the reason of the one that itself holds longest', () => {
    const both = [fridays, dated('2026-11-20T12:00', '2026-11-22T12:00', 'Europe/Berlin', 'Audit')];
    expect(freezeAt(both, at('2026-11-20T15:00:00Z'))?.reason).toBe('Audit');
  });

  test('and an end is named even when every day is frozen', () => {
    const always = [weekly(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], '00:00', '24:00', 'UTC')];
    const now = at('2026-11-20T15:00:00Z');
    expect(freezeAt(always, now)?.until).toBeGreaterThanOrEqual(now + 60 * day);
  });
});

const starts: [string, Freeze[], string, string | undefined][] = [
  ['later the same day', [fridays], '2026-11-20T10:00:00Z', '2026-11-20T14:00:00.000Z'],
  ['strictly after the instant', [fridays], '2026-11-20T14:00:00Z', '2026-11-27T14:00:00.000Z'],
  [
    'while another one holds',
    [fridays, dated('2026-11-20T20:00', '2026-11-21T08:00')],
    '2026-11-20T15:00:00Z',
    '2026-11-20T19:00:00.000Z',
  ],
  [
    'the earliest of several',
    [fridays, dated('2026-11-18T08:00', '2026-11-18T09:00')],
    '2026-11-17T00:00:00Z',
    '2026-11-18T07:00:00.000Z',
  ],
  [
    'at the change when its start is skipped',
    [weekly(['sun'], '02:30', '05:00')],
    '2027-03-28T00:00:00Z',
    '2027-03-28T01:00:00.000Z',
  ],
  [
    'a week later when all of it is skipped',
    [weekly(['sun'], '02:10', '02:50')],
    '2027-03-28T00:00:00Z',
    '2027-04-04T00:10:00.000Z',
  ],
  [
    'in sixty days',
    [dated('2027-01-20T00:00', '2027-01-21T00:00', 'UTC')],
    '2026-11-21T00:00:00Z',
    '2027-01-20T00:00:00.000Z',
  ],
  [
    'not when it begins after more than sixty days',
    [dated('2027-01-20T00:01', '2027-01-21T00:00', 'UTC')],
    '2026-11-21T00:00:00Z',
    undefined,
  ],
  ['not when it is over', [dated('2026-01-20T00:00', '2026-01-21T00:00')], '2026-11-20T00:00:00Z', undefined],
  [
    'not when it has no length',
    [dated('2026-12-01T00:00', '2026-12-01T00:00')],
    '2026-11-20T00:00:00Z',
    undefined,
  ],
  ['not when nothing is planned', [], '2026-11-20T00:00:00Z', undefined],
];

describe('the next freeze begins', () => {
  test.each(starts)('%s', (_name, freezes, instant, start) => {
    expect(iso(nextFreeze(freezes, at(instant)))).toBe(start);
  });
});

describe('a weekly freeze agrees with a clock read minute by minute', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC'];
  const changes = [
    '2027-03-28',
    '2026-10-25',
    '2027-03-14',
    '2026-11-01',
    '2027-04-04',
    '2026-10-04',
    '2026-11-20',
  ];
  const clocks = new Map(zones.map((zone) => [zone, clockOf(zone)]));
  const cases = fc.record({
    zone: fc.constantFrom(...zones),
    around: fc.constantFrom(...changes),
    weekday: fc.constantFrom('fri', 'sat', 'sun', 'mon'),
    from: fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15),
    to: fc.integer({ min: 1, max: 96 }).map((quarter) => quarter * 15),
  });

  test('around every change of clocks', () => {
    fc.assert(
      fc.property(cases, ({ zone, around, weekday, from, to }) => {
        const planned = weekly([weekday], hhmm(from), hhmm(to), zone);
        const clock = clocks.get(zone);
        if (clock === undefined) throw new Error('no clock');
        const [scanStart, scanEnd] = [at(around) - 4 * day, at(around) + 4 * day];
        const seen = scan(clock, scanStart, scanEnd, weekday, from, to);
        for (let instant = scanStart + 2 * day; instant < scanEnd - 2 * day; instant += 15 * minute) {
          const span = seen.find(({ start, end }) => start <= instant && instant < end);
          expect([iso(instant), iso(freezeAt([planned], instant)?.until)]).toEqual([
            iso(instant),
            iso(span?.end),
          ]);
        }
      }),
      { numRuns: 60 },
    );
  });

  /** Spans of the freeze by looking at the clock every minute: from the first to the last minute that shows it. */
  function scan(clock: Clock, start: number, end: number, weekday: string, from: number, to: number) {
    const found = new Map<string, { start: number; end: number }>();
    for (let instant = start; instant < end; instant += minute) {
      const now = clock(instant);
      const crosses = to <= from;
      let day: string | undefined;
      if (now.weekday === weekday && now.minutes >= from && (crosses || now.minutes < to)) day = now.date;
      else if (crosses && now.minutes < to) {
        const yesterday = clock(instant - now.minutes * minute - 12 * hour);
        if (yesterday.weekday === weekday) day = yesterday.date;
      }
      if (day === undefined) continue;
      found.set(day, { start: found.get(day)?.start ?? instant, end: instant + minute });
    }
    return [...found.values()];
  }
});

type Clock = (instant: number) => { date: string; weekday: string; minutes: number };

function clockOf(zone: string): Clock {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const weekdays = new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short' });
  const known = new Map<number, ReturnType<Clock>>();
  return (instant) => {
    let shown = known.get(instant);
    if (shown === undefined) {
      const [date = '', time = ''] = format.format(instant).split(' ');
      const [hours = 0, minutes = 0] = time.split(':').map(Number);
      shown = { date, weekday: weekdays.format(instant).toLowerCase(), minutes: hours * 60 + minutes };
      known.set(instant, shown);
    }
    return shown;
  };
}

function hhmm(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
