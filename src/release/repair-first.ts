import type { PointAnswer, RouterAnswer } from './ports.ts';

/** The writes to one instance within one deadline. `sent`: those that left this process. */
export interface Tries {
  all: number;
  sent: number;
  /** When the newest write was sent, ms of the monotonic clock. */
  at: number;
  /** Since when, without a break, each was refused until something is repaired. */
  shutSince?: number;
}

/**
 * For how long every instance must refuse its writes until something is repaired before a switch gives up, ms: a file
 * that somebody saves in parts is whole again by then.
 */
const shutMs = 5_000;

/**
 * Returns what to repair, if every instance has refused its writes until then for a while; undefined: go on.
 * `outcomes`: of the newest writes; `answers`: before them; `tried`: all writes to each instance.
 */
export function repairFirst(
  outcomes: readonly PointAnswer[],
  answers: readonly RouterAnswer[],
  tried: ReadonlyMap<string, Tries>,
): string | undefined {
  const shut = answers.every(({ instance, heading }) => {
    const { at = 0, shutSince = at } = tried.get(instance) ?? {};
    // A silent instance may come back and take a write.
    return heading !== 'unreachable' && at - shutSince >= shutMs;
  });
  const repairs = new Set(outcomes.flatMap(({ repair }) => repair ?? []));
  return shut && repairs.size > 0 ? [...repairs].join('; ') : undefined;
}
