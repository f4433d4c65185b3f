/** Lets waits of many services end together, so that what follows can be asked together. */
import type { Clock } from './clock.ts';

/** Waits end at multiples of this, ms. */
const stepMs = 200;

/**
 * Returns how long to wait so that about `ms` pass, and others that wait so end at the same moment: up to 100 ms more or
 * less. A shorter wait than a second stays as it is.
 */
export function inStep({ mono }: Pick<Clock, 'mono'>, ms: number): number {
  if (ms < 5 * stepMs) return ms;
  const now = mono();
  return Math.ceil(Math.round((now + ms) / stepMs) * stepMs - now);
}
