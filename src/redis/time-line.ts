/**
 * The time line of the store. All its instants are the Redis server's clock plus a stored shift. When another server
 * with a different clock takes over, the shift is set so that time continues as it was: what was to end in ten
 * minutes still does. The script `take` then lets the shift slowly return to zero.
 * See docs/design.md#one-save.
 */
import type { Redis } from 'ioredis';
import { formatDuration } from '../release/duration.ts';
import { apartMs } from './clock-estimate.ts';
import type { ClockEstimate } from './clock-estimate.ts';
import { runOnce } from './run-once.ts';
import { shiftScript } from './scripts/time-line.ts';

/**
 * A server's own clock, ms since 1970; the monotonic instants before the question and after the answer; and the shift
 * that is stored on that server, ms.
 */
export interface ServerTime {
  now: number;
  shift: number;
  sentAt: number;
  heardAt: number;
}

/** Asks a server for its own clock. Throws what ioredis throws. */
export async function readClock(redis: Redis): Promise<Omit<ServerTime, 'shift'>> {
  const sentAt = performance.now();
  const [seconds, micros] = await redis.time();
  const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  return { now, sentAt, heardAt: performance.now() };
}

/**
 * Continues the store's time on this server, as far as `clock` knows it. `another`: the server is a different one, or
 * was restarted. On the same server a clock that was set is followed, unless there is a shift already. Resolves to
 * the shift, ms.
 */
export async function keepTimeLine(
  redis: Redis,
  keyStart: string,
  clock: ClockEstimate,
  { now, shift, sentAt, heardAt }: ServerTime,
  another: boolean,
): Promise<number> {
  const off = clock.off(now + shift, sentAt, heardAt);
  let kept = shift;
  if (Math.abs(off) > apartMs && (another || shift !== 0) && clock.sure(performance.now())) {
    const [set] = await runOnce(redis, shiftScript, keyStart, { from: shift, to: Math.round(shift - off) });
    kept = Number(set);
  }
  clock.restart(now + kept, sentAt, heardAt);
  return kept;
}

/** Says how far off a clock is, as in `2 h ahead of` (negative: behind); undefined when it is too little to mention. */
export function offWords(aheadMs: number): string | undefined {
  if (Math.abs(aheadMs) <= apartMs) return undefined;
  return `${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
}
