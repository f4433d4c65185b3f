import { setImmediate } from 'node:timers/promises';

/** Work on what may be large: between two steps, what else waits may go on. */
export type Steps<T> = Generator<void, T>;

/** How long steps go on without a pause, ms: people's commands wait for as long. */
const longestMs = 15;

/** Does the work, with pauses. */
export async function inSteps<T>(work: Steps<T>): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < longestMs) continue;
    await setImmediate();
    since = performance.now();
  }
}
