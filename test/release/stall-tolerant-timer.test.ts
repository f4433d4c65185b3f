import { describe, expect, test } from 'vitest';
import { stallTolerantTimer } from '../../src/release/stall-tolerant-timer.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** Patience of 2 s that began now, and when it was over. */
function begin(): {
  clock: ReturnType<typeof virtualClock>;
  over: () => number | undefined;
  off: () => void;
} {
  const clock = virtualClock();
  let at: number | undefined;
  const off = stallTolerantTimer(clock, 2_000, () => (at = clock.mono()));
  return { clock, over: () => at, off };
}

describe('patience', () => {
  test('is over after its time', async () => {
    const { clock, over } = begin();
    await clock.advance(5_000);
    expect(over()).toBe(2_000);
  });

  test('does not count the time in which the process stood still', async () => {
    const { clock, over } = begin();
    await clock.advance(1_900);
    await clock.jump(60_000);
    expect(over()).toBeUndefined();
    await clock.advance(5_000);
    expect(over()).toBe(62_150);
  });

  test('ends on a machine that stands still again and again', async () => {
    const { clock, over } = begin();
    for (let i = 0; i < 40 && over() === undefined; i += 1) await clock.jump(600);
    expect(over()).toBe(16 * 600);
  });

  test('is over never when it was called off', async () => {
    const { clock, over, off } = begin();
    await clock.advance(1_000);
    off();
    await clock.advance(5_000);
    expect(over()).toBeUndefined();
  });
});
