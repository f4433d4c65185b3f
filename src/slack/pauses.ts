import type { Clock } from '../release/clock.ts';

/** Waits of this process that end early when there may be something new. */
export interface Pauses {
  /** Waits for `ms`, less when it is woken or `over` aborts. Once it was woken early it is left alone for a while. */
  nap(of: string, ms: number, over: AbortSignal): Promise<void>;
  /** There is something new for `of`; for any, when it is not said. */
  wake(of?: string): void;
}

/** A nap is cut short at most this often, ms: in a storm something new comes all the time, and each look costs. */
const restMs = 250;
const mostRemembered = 2_000;

/** Nobody naps. */
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
