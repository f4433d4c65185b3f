import type { Clock } from '../release/clock.ts';

/** Pauses of this process that end early when there may be something new. */
export interface Pauses {
  /** Waits for `ms`, less when it is woken or `over` aborts. After an early wake, no other comes for a while. */
  nap(of: string, ms: number, over: AbortSignal): Promise<void>;
  /** Says that there is something new for `of`; without it, for all. */
  wake(of?: string): void;
}

/** Shortest time between two early wakes, in ms: in a storm something new comes all the time, and each look costs. */
const restMs = 250;
const mostRemembered = 2_000;

/** Starts without pauses. */
export function makePauses(clock: Clock): Pauses {
  const naps = new Map<string, AbortController>();
  const wokenAt = new Map<string, number>();
  return {
    async nap(of, ms, over) {
      const early = new AbortController();
      naps.set(of, early);
      await clock.sleep(ms, AbortSignal.any([over, early.signal]));
      if (naps.get(of) === early) naps.delete(of);
    },
    wake(only) {
      if (wokenAt.size >= mostRemembered) wokenAt.clear();
      for (const of of only === undefined ? naps.keys() : [only]) {
        const nap = naps.get(of);
        if (nap === undefined) continue;
        if (clock.mono() - (wokenAt.get(of) ?? -Infinity) < restMs) continue;
        wokenAt.set(of, clock.mono());
        nap.abort('woken');
      }
    },
  };
}
