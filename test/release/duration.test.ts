import { describe, expect, test } from 'vitest';
import { durationSchema, formatDuration, parseDuration } from '../../src/release/duration.ts';

describe('a duration', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('written %s is read', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '5', 's', '-1s', '1.5h', '1 h', '1H', '01s', '1s ', '1h30m', '366d', '9999999999s'])(
    'written "%s" is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test('in an option is above zero, and a mistake does not repeat it', () => {
    expect(durationSchema.parse('2s')).toBe(2000);
    expect(durationSchema.safeParse('0s').success).toBe(false);
    expect(durationSchema.safeParse('secret').error?.message).not.toContain('secret');
  });

  test.each([
    [0, '0 s'],
    [500, '500 ms'],
    [999.6, '1 s'],
    [2000, '2 s'],
    [59_700, '1 min'],
    [90_000, '1 min 30 s'],
    [3_600_000, '1 h'],
    [3_601_000, '1 h'],
    [90_061_000, '1 d 1 h'],
    [-5, '0 s'],
  ])('of %d milliseconds is said as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
