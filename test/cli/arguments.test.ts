import { expect, test } from 'vitest';
import { readDuration, readReason } from '../../src/cli/arguments.ts';

const readLockFor = readDuration(7 * 86_400_000);

test.each([
  ['30m', 1_800_000],
  ['1h30m', 5_400_000],
  ['2 hours', 7_200_000],
  ['90min', 5_400_000],
  ['7D', 604_800_000],
])('a lock for %s is one of so many milliseconds', (text, ms) => {
  expect(readLockFor(text)).toBe(ms);
});

test.each(['8d', '0s', '2 fortnights', '2 hours migration', ''])('a lock for “%s” is refused', (text) => {
  expect(() => readLockFor(text)).toThrow('It must be a duration from 1s to 7d');
});

test('a reason is kept as it looks', () => {
  expect(readReason(' call \u202a+49\u202c\u200b ')).toBe('call +49');
  expect(() => readReason('\u200b')).toThrow('A reason is needed.');
  expect(() => readReason('bell \u0007')).toThrow('control characters');
});
