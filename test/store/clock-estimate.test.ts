import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { ClockEstimate } from '../../src/redis/clock-estimate.ts';

describe('the estimate of Redis’ clock', () => {
  test('never lets a script run after the moment its caller gives up, however slow the answers', () => {
    const answer = fc.record({
      gap: fc.nat(5000),
      there: fc.nat(1500),
      back: fc.nat(1500),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2e12 }),
        fc.array(answer, { minLength: 1 }),
        (offset, answers) => {
          const clock = new ClockEstimate();
          let mono = 0;
          for (const { gap, there, back } of answers) {
            const sentAt = mono + gap;
            mono = sentAt + there + back;
            clock.add(Math.floor(sentAt + there + offset), sentAt, mono);
            expect(clock.notAfter(mono + 1500)).toBeLessThanOrEqual(mono + 1500 + offset);
          }
        },
      ),
    );
  });

  test('a quick answer makes it exact', () => {
    const clock = new ClockEstimate();
    clock.add(1_000_000, 0, 900);
    expect(clock.notAfter(1000)).toBe(1_000_100);
    clock.add(1_001_000, 1000, 1001);
    expect(clock.notAfter(2000)).toBe(1_001_999);
  });

  test.each([
    ['back', -10_000],
    ['forward', 10_000],
  ])('follows when Redis’ clock was set %s', (_way, jump) => {
    const clock = new ClockEstimate();
    clock.add(1_000_000, 0, 1);
    clock.add(1_000_000 + 100 + jump, 100, 101);
    expect(clock.notAfter(1000)).toBe(1_000_000 + 999 + jump);
  });
});
