import { setImmediate } from 'node:timers/promises';

/** Work in steps: other work may run between two of them. */
export type Steps<T> = Generator<void, T>;

/** Longest run of steps without a pause, in ms: people's commands wait that long. */
const longestMs = 15;

/** Runs the work, with pauses. */
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
