/** How long others are waited for, when this process may stand still meanwhile. */
import type { Clock } from './clock.ts';

/** Slices of a wait. A process that stood still loses at most one of them. */
const slices = 8;
/** Timers are late by this much on an idle machine, too, ms. */
const leastMs = 20;

/**
 * Calls `act` after `ms` in which this process ran, unless what it returns is called first. A process that stood still
 * (no processor, suspended) finds its timers due before it has read what was answered meanwhile: whoever is waited for
 * is not to blame for that. A slice that ends late by more than its own length is waited for again, up to twice `ms` in
 * all next to the standing still.
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
