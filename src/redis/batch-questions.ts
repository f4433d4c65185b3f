import type { Clock } from '../release/clock.ts';

/** How long after a no it is asked again, ms. */
const againMs = 500;

/** One question of many askers. */
export interface Together {
  readonly ask: () => Promise<boolean>;
  /** What was said so far is about something that is there no more. */
  readonly forget: () => void;
}

/**
 * Asks once for many: those who come while it is being asked share the next asking, since what they ask about came after
 * this one began. After a no everybody is answered no at once, and it is asked again in the background until it is a
 * yes. `ask` must not reject.
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
