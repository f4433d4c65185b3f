/** A timer that allows for pauses of this process. */
import type { Clock } from './clock.ts';

/** How many slices a wait has. A process that stood still loses at most one of them. */
const slices = 8;
/** Timers are late by this much even on an idle machine, ms. */
const leastMs = 20;

/**
 * Calls `act` after `ms` in which this process ran, unless the returned function is called first. A process that
 * stood still (no processor, suspended) finds its timers due before it has read the answers that came meanwhile, and
 * must not blame the other side for that. A slice that ends late by more than its own length is repeated, up to twice
 * `ms` in total, not counting the pauses.
 */
export function stallTolerantTimer(
  { mono, after }: Pick<Clock, 'mono' | 'after'>,
  ms: number,
  act: () => void,
): () => void {
  const sliceMs = Math.max(0, ms) / slices;
  let left = slices;
  let late = slices;
  const wait = (): (() => void) => {
    const dueAt = mono() + sliceMs;
    return after(sliceMs, () => {
      if (late > 0 && mono() - dueAt > Math.max(sliceMs, leastMs)) late -= 1;
      else left -= 1;
      if (left === 0) act();
      else callOff = wait();
    });
  };
  let callOff = wait();
  return () => callOff();
}
