import type { Clock } from '../release/clock.ts';

/** Pause between the background questions after a "no", ms. */
const againMs = 500;

/** One question that many callers share. */
export interface Together {
  readonly ask: () => Promise<boolean>;
  /** Drops the last answer: it was about something that no longer exists. */
  readonly forget: () => void;
}

/**
 * Asks once for many callers. Callers that come while a question is out share the next one, because what they ask
 * about came after the first one began. After a "no" every caller gets "no" at once, and the question is repeated in
 * the background until the answer is "yes". `ask` must not reject.
 */
export function batchQuestions(
  ask: () => Promise<boolean>,
  { sleep }: Pick<Clock, 'sleep'>,
  ended: AbortSignal,
): Together {
  let running: Promise<boolean> | undefined;
  let next: Promise<boolean> | undefined;
  let no = false;
  let looking = false;
  let times = 0;

  const begin = (): Promise<boolean> => {
    const time = times;
    running = ask().then((yes) => {
      running = undefined;
      if (time !== times) return yes;
      no = !yes;
      if (no && !looking) void look();
      return yes;
    });
    return running;
  };
  const look = async (): Promise<void> => {
    looking = true;
    while (no && !ended.aborted) {
      await sleep(againMs, ended);
      if (no && !ended.aborted) await begin();
    }
    looking = false;
  };

  return {
    ask() {
      if (no) return Promise.resolve(false);
      if (next !== undefined) return next;
      if (running === undefined) return begin();
      next = running.then(() => {
        next = undefined;
        return no ? false : begin();
      });
      return next;
    },
    forget() {
      times += 1;
      no = false;
    },
  };
}
