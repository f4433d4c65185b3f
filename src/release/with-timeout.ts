import type { Clock } from './clock.ts';
import { stallTolerantTimer } from './stall-tolerant-timer.ts';

/**
 * Asks something outside, with a signal that aborts after `ms` in which this process ran, or with `stopping`. Unlike
 * `AbortSignal.timeout`, it is not due before this process, after a pause, has read the answer.
 */
export async function withTimeout<T>(
  clock: Pick<Clock, 'mono' | 'after'>,
  ms: number,
  ask: (signal: AbortSignal) => Promise<T>,
  stopping?: AbortSignal,
): Promise<T> {
  const over = new AbortController();
  // `AbortSignal.any` costs 20 times as much, and keeps memory for as long as `stopping` lives.
  const stop = (): void => over.abort(stopping?.reason);
  if (stopping?.aborted === true) stop();
  stopping?.addEventListener('abort', stop, { once: true });
  const callOff = stallTolerantTimer(clock, ms, () =>
    over.abort(new DOMException('no answer in time', 'TimeoutError')),
  );
  try {
    return await ask(over.signal);
  } finally {
    callOff();
    stopping?.removeEventListener('abort', stop);
  }
}
