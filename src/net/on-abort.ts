import { setMaxListeners } from 'node:events';

/**
 * Calls `listener` when `signal` aborts, at once when it has; returns what takes the listener off again. Many calls
 * share one signal, which Node would take for a leak.
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
