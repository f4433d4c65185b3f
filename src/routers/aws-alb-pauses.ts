/** How soon an API that said "too many" is asked again. */

/** The first pause, and the longest, ms; each is twice as long as the one before. */
const firstMs = 500;
const longestMs = 5_000;

export interface Pauses {
  /** How long it must not be asked yet, ms; 0: it may be. */
  leftMs(action: string): number;
  /** It said "too many". */
  throttled(action: string): void;
  /** It answered. */
  answered(action: string): void;
}

/** Growing pauses for each action by itself: AWS counts questions and writes apart. */
export function newPauses(now: () => number = () => performance.now()): Pauses {
  const known = new Map<string, { ms: number; until: number }>();
  return {
    leftMs: (action) => Math.max(0, (known.get(action)?.until ?? 0) - now()),
    throttled(action) {
      const ms = Math.min((known.get(action)?.ms ?? firstMs / 2) * 2, longestMs);
      // Several replicas that were refused together should not come again together.
      known.set(action, { ms, until: now() + ms * (0.75 + Math.random() / 4) });
    },
    answered: (action) => void known.delete(action),
  };
}
