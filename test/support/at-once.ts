import type { Steps } from '../../src/alerts/steps.ts';

/** What work in steps comes to, done without a pause. */
export function atOnce<T>(work: Steps<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
