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

  test('knows how far an answer is off, beyond what a slow answer explains', () => {
    const clock = new ClockEstimate();
    expect(clock.off(1_000_000, 0, 1)).toBe(0);
    clock.add(1_000_000, 0, 100);
    expect(clock.off(1_006_000, 1_000, 6_500)).toBe(0);
    expect(clock.off(1_061_000, 1_000, 1_000)).toBe(59_999);
    expect(clock.off(941_000, 1_000, 1_000)).toBe(-59_899);
  });

  test('stays within what is true while the store’s clock is slewed', () => {
    const clock = new ClockEstimate();
    let slewed = 0;
    for (let mono = 0; mono < 60_000; mono += 250) {
      slewed -= mono % 1_000 === 0 ? 10 : 0;
      clock.add(1_000_000 + mono + 40 + slewed, mono, mono + 80);
      expect(clock.notAfter(mono + 80)).toBeLessThanOrEqual(1_000_000 + mono + 80 + slewed + 10);
    }
  });

  test('is sure once answers agreed for two seconds, and not after this machine was suspended', () => {
    let wall = 5_000_000;
    const clock = new ClockEstimate(() => wall);
    const hear = (mono: number, ahead = 0): void => {
      wall = 5_000_000 + mono;
      clock.add(1_000_000 + mono + ahead, mono, mono);
    };
    hear(0);
    hear(1_000);
    expect(clock.sure(1_000)).toBe(false);
    hear(2_500);
    expect(clock.sure(2_500)).toBe(true);
    wall += 60_000;
    expect(clock.sure(2_600)).toBe(false);
    hear(3_000, 7_200_000);
    expect(clock.sure(3_000)).toBe(false);
  });
});
