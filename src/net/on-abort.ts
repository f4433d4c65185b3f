import { setMaxListeners } from 'node:events';

/**
 * Calls `listener` when `signal` aborts, at once when it has; returns a function that removes the listener. Many calls
 * share one signal, which Node would report as a leak.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => {};
  }
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
