import { describe, expect, test } from 'vitest';
import {
  type EvidenceState,
  emptyEvidence,
  evidenceAt,
  evidenceStateSchema,
  withPair,
} from '../../../src/release/evidence/evidence.ts';
import type { VerdictCode } from '../../../src/release/evidence/evidence.ts';
import {
  Watch,
  backDead,
  bothDead,
  failing,
  failingTogether,
  healthy,
  liveDead,
  seeded,
} from '../../support/pairs.ts';

const minute = 60_000;
const now = (code: VerdictCode) => (evidence: { now: VerdictCode }) => evidence.now === code;
const steady = (code: VerdictCode) => (evidence: { steady: VerdictCode }) => evidence.steady === code;

describe('When the live color dies', () => {
  test.each([
    ['at the start', 0],
    ['after a minute', minute],
    ['after a healthy hour', 60 * minute],
  ])('%s, the 12th pair says that going back helps, and nine blocks do so', (_, ms) => {
    expect(new Watch().watch(healthy, ms).until(liveDead, now('helps'))).toBe(5.5);
    const seconds = new Watch().watch(healthy, ms).until(liveDead, steady('helps'));
    expect(seconds).toBeGreaterThan(75);
    expect(seconds).toBeLessThan(90);
  });

  test.each([100, 1000, 5000, 10_000])('with a pair every %i ms, the 12th says so', (everyMs) => {
    const watch = new Watch({ everyMs }).watch(healthy, 20 * minute);
    expect(watch.until(liveDead, now('helps'))).toBe((11 * everyMs) / 1000);
  });

  test.each([0.01, 0.05, 0.5])('after half an hour in which each failed in %f, they say so', (share) => {
    const watch = new Watch().watch(failing(seeded(1), share), 30 * minute);
    expect(watch.until(liveDead, now('helps'))).toBeLessThan(20);
    expect(watch.until(liveDead, steady('helps'))).toBeLessThan(180);
  });

  test('after an hour in which the way back was dead, they say so', () => {
    const watch = new Watch().watch(backDead, 60 * minute);
    expect(watch.evidence()).toMatchObject({ now: 'hurts', steady: 'hurts' });
    expect(watch.until(liveDead, ({ now: code }) => code !== 'hurts')).toBeLessThanOrEqual(10);
    expect(watch.until(liveDead, now('helps'))).toBeLessThan(10);
    expect(watch.until(liveDead, steady('helps'))).toBeLessThan(180);
  });

  test('a second time, they say so again', () => {
    const watch = new Watch().watch(liveDead, 10 * minute).watch(healthy, 5 * minute);
    expect(watch.evidence()).toMatchObject({ now: 'no-difference', steady: 'no-difference' });
    expect(watch.until(liveDead, now('helps'))).toBe(5.5);
    expect(watch.until(liveDead, steady('helps'))).toBeLessThan(90);
  });

  test('for a minute, in two of the last 15 minutes, that does not last', () => {
    const watch = new Watch().watch(healthy, 10 * minute);
    for (let outage = 0; outage < 2; outage++) {
      expect(watch.until(liveDead, steady('helps'), minute)).toBeUndefined();
      expect(watch.evidence()).toMatchObject({ now: 'helps', steady: 'no-difference' });
      watch.watch(healthy, 6 * minute);
    }
    expect(watch.evidence().blocksLive).toBeGreaterThanOrEqual(12);
  });

  test('for 4 s and, ten minutes later, for 4 s again, it is no verdict', () => {
    const watch = new Watch().watch(liveDead, 4_000).watch(healthy, 10 * minute);
    expect(watch.until(liveDead, now('helps'), 4_000)).toBeUndefined();
    expect(watch.evidence()).toMatchObject({ now: 'no-difference', onlyLive: 8 });
  });

  test('and one failure long after is no verdict', () => {
    const watch = new Watch()
      .watch(liveDead, 5_000)
      .watch(healthy, 10 * minute)
      .watch(liveDead, 500);
    expect(watch.evidence()).toMatchObject({ now: 'no-difference', onlyLive: 1, pairs: 111 });
  });
});

describe('When the failures of the live color end', () => {
  test.each([1, 10, 40])('after %i minutes, the verdict ends within a minute', (minutes) => {
    const watch = new Watch().watch(liveDead, minutes * minute);
    expect(watch.until(healthy, now('no-difference'))).toBeLessThanOrEqual(60);
    expect(watch.until(healthy, steady('no-difference')) ?? 99).toBeLessThanOrEqual(30);
  });

  test('and both fail alike from then on, it ends too', () => {
    const watch = new Watch().watch(liveDead, 10 * minute);
    expect(watch.until(failing(seeded(2), 0.1), now('no-difference'))).toBeLessThanOrEqual(60);
    expect(watch.until(failing(seeded(3), 0.1), now('helps'), 30 * minute)).toBeUndefined();
  });
});

describe('When only some requests of the live color fail', () => {
  test('one of twenty, it says so within three minutes in nine cases of ten', () => {
    const times = Array.from({ length: 100 }, (_, seed) =>
      new Watch().watch(healthy, 15 * minute).until(failing(seeded(seed), 0.05, 0), now('helps'), 3 * minute),
    );
    expect(times.filter((seconds) => seconds !== undefined).length).toBeGreaterThanOrEqual(90);
  });
});

describe('When both colors fail', () => {
  test('because what they share is dead, the fifth pair says so, and five blocks do so', () => {
    expect(new Watch().watch(healthy, 5 * minute).until(bothDead, now('does-not-help'))).toBe(2);
    const before = new Watch().watch(healthy, 500);
    expect(before.until(bothDead, now('does-not-help'))).toBe(2);
    expect(before.until(bothDead, steady('does-not-help'))).toBeLessThan(60);
  });

  test.each([0.1, 0.3, 0.7])('together in %f of the pairs, they say so, and nothing else', (share) => {
    for (let seed = 0; seed < 20; seed++) {
      const shared = failingTogether(seeded(seed), share);
      const watch = new Watch().watch(healthy, minute);
      expect(watch.until(shared, now('does-not-help'))).toBeLessThan(60);
      watch.watch(shared, minute);
      expect(watch.evidence()).toMatchObject({ now: 'does-not-help', onlyLive: 0, onlyBack: 0 });
    }
  });

  test('and then only the live one does, going back helps', () => {
    const watch = new Watch().watch(healthy, 500).watch(bothDead, 5 * minute);
    expect(watch.until(liveDead, now('helps'))).toBeLessThan(10);
  });

  test.each([
    ['live color', liveDead, 'helps'],
    ['way back', backDead, 'hurts'],
  ] as const)('after only the %s did, they say so within 10 s', (_, alone, code) => {
    const watch = new Watch().watch(alone, 5 * minute);
    expect(watch.evidence().now).toBe(code);
    expect(watch.until(bothDead, now('does-not-help'))).toBeLessThanOrEqual(10);
    expect(watch.until(bothDead, steady('does-not-help'))).toBeLessThanOrEqual(25);
    watch.watch(bothDead, 2 * minute);
    expect(watch.evidence()).toMatchObject({ now: 'does-not-help', steady: 'does-not-help' });
    expect(watch.until(alone, now(code))).toBeLessThanOrEqual(15);
  });

  test('and neither answered well since the start, it is not known, and that is said', () => {
    const watch = new Watch();
    expect(watch.until(bothDead, now('does-not-help'), 20 * minute)).toBeUndefined();
    expect(watch.evidence()).toMatchObject({ now: 'unknown', steady: 'unknown', neverAnswered: true });
    expect(watch.evidence()).toMatchObject({ liveFailed: 120, backFailed: 120, bothFailed: 120 });
    expect(watch.evidence(watch.state.at + minute).neverAnswered).toBeUndefined();
    watch.pair(healthy);
    expect(watch.evidence()).toMatchObject({ now: 'does-not-help', steady: 'does-not-help' });
    expect(watch.evidence().neverAnswered).toBeUndefined();
  });

  test('a request of several that never worked does not count, and is named', () => {
    const watch = new Watch();
    let turn = 0;
    const second =
      (colors: typeof healthy): typeof healthy =>
      (at) => {
        turn = 1 - turn;
        return turn === 1 ? { ...bothDead(at), request: 1 } : { ...colors(at), request: 0 };
      };
    watch.watch(second(healthy), 3 * minute);
    expect(watch.evidence()).toMatchObject({
      now: 'no-difference',
      steady: 'no-difference',
      wrongRequests: [1],
    });
    expect(watch.until(second(liveDead), now('helps'))).toBeLessThanOrEqual(20);
    // Once it worked, it counts like any other.
    watch.pair(() => ({ request: 1 }));
    expect(watch.evidence().wrongRequests).toBeUndefined();
    expect(watch.until(bothDead, now('does-not-help'))).toBeLessThanOrEqual(10);
  });

  test('in the first four pairs, nothing is said of it', () => {
    const watch = new Watch().watch(bothDead, 2_000);
    expect(watch.evidence()).toMatchObject({ now: 'unknown', pairs: 4 });
    expect(watch.evidence().neverAnswered).toBeUndefined();
    watch.pair(bothDead);
    expect(watch.evidence().neverAnswered).toBe(true);
  });

  test.each([liveDead, backDead])(
    'one good answer of one color is enough to know that they fail alike',
    (one) => {
      const watch = new Watch();
      watch.pair(one);
      expect(watch.until(bothDead, now('does-not-help'))).toBeLessThan(10);
    },
  );

  test('a state that an older version kept goes on as it was', () => {
    const { state } = new Watch().watch(healthy, minute).watch(bothDead, minute);
    const older = Object.fromEntries(Object.entries(state).filter(([key]) => key !== 'answered'));
    expect(evidenceAt(evidenceStateSchema.parse(older), state.at).now).toBe('does-not-help');
  });

  test('and they heal, it ends within a minute', () => {
    const watch = new Watch().watch(bothDead, 5 * minute);
    expect(watch.until(healthy, now('no-difference'))).toBeLessThanOrEqual(60);
  });
});

describe('When only the way back fails', () => {
  test('going back hurts', () => {
    const watch = new Watch().watch(healthy, minute);
    expect(watch.until(backDead, now('hurts'))).toBe(5.5);
    expect(watch.evidence()).toMatchObject({ backFailed: 12, onlyBack: 12, liveFailed: 0, bothFailed: 0 });
    expect(watch.until(backDead, steady('hurts'))).toBeLessThan(90);
  });
});

describe('Too few pairs', () => {
  test('say nothing', () => {
    const watch = new Watch();
    expect(watch.evidence()).toMatchObject({ now: 'unknown', steady: 'unknown', pairs: 0, windowMs: 0 });
    expect(watch.until(healthy, now('no-difference'))).toBe(5.5);
    expect(watch.evidence().steady).toBe('unknown');
    expect(watch.until(healthy, steady('no-difference'))).toBeLessThan(90);
  });

  test('say nothing while they lean to one side', () => {
    const watch = new Watch();
    watch.pair(healthy);
    const seconds = watch.until(liveDead, ({ now: code }) => code !== 'unknown');
    expect(seconds).toBeDefined();
    expect(watch.evidence().now).toBe('helps');
  });

  test.each([
    [500, 10_000],
    [5_000, 15_000],
  ])('since one came every %i ms and none came for %i ms, say nothing any more', (everyMs, silentMs) => {
    const watch = new Watch({ everyMs }).watch(liveDead, 10 * minute);
    // Each color takes 20 ms to answer.
    const at = watch.state.at + 20;
    expect(watch.evidence(at + silentMs - 10)).toMatchObject({ now: 'helps', steady: 'helps' });
    expect(watch.evidence(at + silentMs + 10)).toMatchObject({ now: 'unknown', steady: 'unknown' });
  });

  test('after a pause, what was before it does not count', () => {
    const watch = new Watch().watch(liveDead, 10 * minute);
    watch.at += 100 * minute;
    watch.pair(liveDead);
    expect(watch.evidence()).toMatchObject({ now: 'unknown', steady: 'no-difference', pairs: 1 });
    expect(watch.until(liveDead, now('helps'))).toBeLessThan(12);
  });
});

describe('A color that answers nothing for 10 s', () => {
  const hangs = () => ({ liveOk: false, liveMs: 10_000 });
  const bothHang = () => ({ ...hangs(), backOk: false, backMs: 10_000 });

  test('is known to fail when its requests are over, and for 10 s after the last of them', () => {
    const watch = new Watch().watch(healthy, minute).watch(hangs, 20_000);
    const over = watch.state.at + 10_000;
    expect(watch.evidence(over)).toMatchObject({ now: 'helps', goesOn: true });
    expect(watch.evidence(over + 9_990).now).toBe('helps');
    expect(watch.evidence(over + 10_010)).toMatchObject({ now: 'unknown', steady: 'unknown' });
  });

  test('goes on with what an older version kept', () => {
    const { state } = new Watch().watch(healthy, minute).watch(liveDead, minute);
    const older = Object.fromEntries(Object.entries(state).filter(([key]) => key !== 'heardAt'));
    const read = evidenceStateSchema.parse(older);
    expect(evidenceAt(read, state.at + 9_990).now).toBe('helps');
    expect(evidenceAt(read, state.at + 10_010).now).toBe('unknown');
  });

  test('is joined by the other one as soon as by one that answers at once', () => {
    const watch = new Watch().watch(healthy, minute).watch(hangs, minute).watch(bothHang, 10_000);
    expect(watch.evidence(watch.state.at + 10_000)).toMatchObject({ now: 'does-not-help', goesOn: true });
  });
});

describe('The counts', () => {
  test('are those of the last minute', () => {
    const watch = new Watch().watch(healthy, minute).watch(liveDead, 7_000).watch(bothDead, 3_000);
    expect(watch.evidence()).toEqual({
      now: 'helps',
      steady: 'unknown',
      pairs: 120,
      liveFailed: 20,
      backFailed: 6,
      onlyLive: 14,
      onlyBack: 0,
      bothFailed: 6,
      goesOn: true,
      windowMs: 59_500,
      lnNow: expect.closeTo(8.49, 1) as number,
      lnSteady: expect.closeTo(0.493, 2) as number,
      blocks: 7,
      blocksLive: 1,
      blocksBack: 0,
    });
  });

  test('fall out of it with time, pair or no pair', () => {
    const watch = new Watch().watch(liveDead, 10_000);
    const left = [9_500, 30_000, 59_999, 60_000, 65_000].map((at) => watch.evidence(at).pairs);
    expect(left).toEqual([20, 20, 20, 10, 0]);
  });
});

describe('Slower', () => {
  test('is the color that was slower in most pairs, with the median', () => {
    const random = seeded(4);
    const slow = new Watch().watch(() => ({ liveMs: 190 + 20 * random(), backMs: 20 }), minute);
    const { slower } = slow.evidence();
    expect(slower).toEqual({ color: 'live', in: 60, of: 60, medianMs: expect.closeTo(180, -1) as number });
    const back = new Watch().watch(() => ({ backMs: 40 }), minute).evidence().slower;
    expect(back).toEqual({ color: 'back', in: 60, of: 60, medianMs: 20 });
  });

  test('is neither where they take turns, where it is a few ms, or where one does not answer', () => {
    const random = seeded(5);
    const equal = () => ({ liveMs: 200 * random(), backMs: 200 * random() });
    expect(new Watch().watch(equal, 10 * minute).evidence().slower).toBeUndefined();
    expect(new Watch().watch(() => ({ liveMs: 25 }), minute).evidence().slower).toBeUndefined();
    const silent = () => ({ liveOk: false, liveMs: 2_000 });
    expect(new Watch().watch(silent, minute).evidence().slower).toBeUndefined();
  });
});

describe('The state', () => {
  const busy = (everyMs: number, minutes: number): EvidenceState => {
    const random = seeded(6);
    const colors = failing(random, 0.5);
    const times = () => ({ liveMs: 5_000 * random(), backMs: 5_000 * random() });
    return new Watch({ everyMs }).watch((at) => ({ ...colors(at), ...times() }), minutes * minute).state;
  };

  test.each([
    [500, 20],
    [100, 16],
  ])('is JSON below 4 KB, and goes on from it, with a pair every %i ms', (everyMs, minutes) => {
    const state = busy(everyMs, minutes);
    const text = JSON.stringify(state);
    expect(text.length).toBeLessThan(4096);
    const read = evidenceStateSchema.parse(JSON.parse(text));
    expect(read).toEqual(state);
    const pair = { at: state.at + everyMs, liveOk: false, backOk: true, liveMs: 1, backMs: 1 };
    const rule = { blockMs: 10_000 };
    expect(withPair(read, pair, rule)).toEqual(withPair(state, pair, rule));
  });

  test('takes a clock that is a little behind, and starts again after one that went far back', () => {
    const watch = new Watch().watch(liveDead, 2 * minute);
    const rule = { blockMs: 10_000 };
    const pair = { liveOk: false, backOk: true, liveMs: 1, backMs: 1 };
    const behind = withPair(watch.state, { ...pair, at: watch.state.at - 5_000 }, rule);
    expect(behind.at).toBe(watch.state.at);
    expect(evidenceAt(behind, 0).now).toBe('helps');
    expect(withPair(watch.state, { ...pair, at: 1_000 }, rule)).toEqual(
      withPair(emptyEvidence(1_000), { ...pair, at: 1_000 }, rule),
    );
  });

  test('is changed by no pair that it was given', () => {
    const { state } = new Watch().watch(failing(seeded(7), 0.3), 2 * minute);
    const before = JSON.stringify(state);
    withPair(state, { at: state.at, liveOk: false, backOk: true, liveMs: 1, backMs: 9 }, { blockMs: 10_000 });
    expect(JSON.stringify(state)).toBe(before);
  });
});
