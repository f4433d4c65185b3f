import { describe, expect, test } from 'vitest';
import { verdictLine } from '../../../src/release/evidence/words.ts';
import { plain } from '../../../src/release/line.ts';
import { Watch, bothDead, healthy } from '../../support/pairs.ts';

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
});
