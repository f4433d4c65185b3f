import { systemClock } from '../release/clock.ts';
import { formatDuration } from '../release/duration.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import { onAbort } from './on-abort.ts';

/** The time for an outside call ended before the call did. */
export class DeadlinePassed extends Error {
  constructor(ms: number) {
    super(`no answer within ${formatDuration(ms)}`);
    this.name = 'DeadlinePassed';
  }
}

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds in which this process ran, or with `signal`, and leaves
 * no timer or listener. Then throws the abort reason: a `DeadlinePassed`, or that of `signal`.
 */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const both = new AbortController();
  const callOff = stallTolerantTimer(systemClock, ms, () => both.abort(new DeadlinePassed(ms)));
  // Some calls do not stop when their signal aborts (undici while it connects), so this function does.
  const over = new Promise<never>((_resolve, reject) => {
    both.signal.addEventListener('abort', () => reject(both.signal.reason as Error), { once: true });
  });
  over.catch(() => {});
  const off = onAbort(signal, () => both.abort(signal.reason));
  try {
    return await Promise.race([work(both.signal), over]);
  } finally {
    callOff();
    off();
  }
}

/** Waits `ms` milliseconds, or less when `signal` aborts. Never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), ms);
  const off = onAbort(signal, () => ended.abort());
  await new Promise<void>((resolve) => onAbort(ended.signal, resolve));
  clearTimeout(timer);
  off();
}
