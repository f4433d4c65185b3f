import { describe, expect, test } from 'vitest';
import { verdictLine } from '../../../src/release/evidence/words.ts';
import { plain } from '../../../src/release/line.ts';
import { Watch, backDead, bothDead, healthy, liveDead } from '../../support/pairs.ts';

const minute = 60_000;
/** What is said of these pairs, while green is live. */
const said = (watch: Watch): string => plain(verdictLine(watch.evidence(), 'green'));

describe('A verdict in words', () => {
  test('says so where no color ever answered well', () => {
    expect(said(new Watch().watch(bothDead, minute))).toBe(
      'Neither color has answered a request well so far: the request may be wrong, or both are down. It is not known whether reverting would help.',
    );
    expect(said(new Watch())).toBe('It is not known whether reverting would help.');
    expect(said(new Watch().watch(healthy, minute).watch(bothDead, minute))).toBe(
      'Both colors fail alike: green 120 of 120, blue 120 of 120. Reverting will not help: look at what they share.',
    );
  });

  test.each([liveDead, backDead])('counts only the newest pairs where a second color joins', (alone) => {
    const watch = new Watch().watch(healthy, minute).watch(alone, 5 * minute);
    expect(watch.until(bothDead, ({ now }) => now === 'does-not-help')).toBeLessThanOrEqual(10);
    const { pairs, liveFailed, backFailed, onlyLive, onlyBack, bothFailed, windowMs } = watch.evidence();
    expect(pairs).toBeLessThanOrEqual(20);
    expect(windowMs).toBeLessThanOrEqual(10_000);
    expect(bothFailed).toBeGreaterThanOrEqual(9 * Math.max(onlyLive, onlyBack));
    expect(said(watch)).toContain(
      `Both colors fail alike: green ${liveFailed} of ${pairs}, blue ${backFailed} of ${pairs}. `,
    );
  });

  test('does not say that both fail alike where the counts are not', () => {
    const counted = { now: 'does-not-help', pairs: 120, liveFailed: 5, backFailed: 13 } as const;
    expect(plain(verdictLine(counted, 'green'))).toMatch(
      /^Both colors fail: green 5 of 120, blue 13 of 120\. /,
    );
    expect(plain(verdictLine({ ...counted, backFailed: 7 }, 'green'))).toMatch(/^Both colors fail alike: /);
  });

  test('says what no difference would have shown, up to 50 points', () => {
    const counted = { now: 'no-difference', pairs: 30, liveFailed: 0, backFailed: 0 } as const;
    const words = 'No difference between the colors: green failed 0 of 30, blue 0 of 30.';
    const saidOf = (seenPoints: number): string => plain(verdictLine({ ...counted, seenPoints }, 'green'));
    expect(saidOf(50)).toBe(`${words} 50 points more failures would have been seen in nine cases of ten.`);
    expect(saidOf(51)).toBe(words);
  });
});
