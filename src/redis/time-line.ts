/**
 * All instants of the store are of one time line: the clock of the Redis server, and a stored shift. When another server
 * takes its place whose clock is off, the shift is set so that the time goes on as it was; what was to end in ten
 * minutes still does. The shift then goes back to nothing by and by (the script `take`).
 * See docs/design.md#one-save.
 */
import type { Redis } from 'ioredis';
import { formatDuration } from '../release/duration.ts';
import { apartMs } from './clock-estimate.ts';
import type { ClockEstimate } from './clock-estimate.ts';
import { runOnce } from './run-once.ts';
import { shiftScript } from './scripts/time-line.ts';

/**
 * A server's own clock, ms since 1970, between the monotonic instants at which it was asked and had answered; and the shift
 * that is stored there, ms.
 */
export interface ServerTime {
  now: number;
  shift: number;
  sentAt: number;
  heardAt: number;
}

/** Asks a server for its own clock. Throws what ioredis does. */
export async function readClock(redis: Redis): Promise<Omit<ServerTime, 'shift'>> {
  const sentAt = performance.now();
  const [seconds, micros] = await redis.time();
  const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  return { now, sentAt, heardAt: performance.now() };
}

/**
 * Lets the store's time go on at this server, as far as `clock` knows it. `another`: it is another server than before, or
 * another run of it; on the same, a clock that is set is followed, unless a shift is there already. Returns the shift, ms.
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

/** How far a clock is off that is so much ahead (negative: behind): `2 h ahead of`; undefined where that is not worth a word. */
export function offWords(aheadMs: number): string | undefined {
  if (Math.abs(aheadMs) <= apartMs) return undefined;
  return `${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
}
