import type { Clock } from '../release/clock.ts';

/** Longest wait for a call under way at the end of the process, in ms. */
const lastWordsMs = 3_000;

/** Waits for `work`; at the end of the process only a little for a call that is under way. */
export async function unlessEnding(
  clock: Pick<Clock, 'sleep'>,
  work: Promise<void>,
  stopping: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const ending = new Promise<void>((resolve) => {
    const end = (): void => void clock.sleep(lastWordsMs, over.signal).then(resolve);
    if (stopping.aborted) end();
    else stopping.addEventListener('abort', end, { once: true, signal: over.signal });
  });
  await Promise.race([work, ending]).finally(() => over.abort());
}
