/** How soon an API that said "too many" is asked again. */

/** The first pause and the longest, in ms; each is twice as long as the one before. */
const firstMs = 500;
const longestMs = 5_000;

/** The pauses of one API, by action. */
export interface AlbPauses {
  /** The time until the next call is allowed, ms; 0: now. */
  leftMs(action: string): number;
  /** Notes that the API limited a call. */
  throttled(action: string): void;
  /** Notes an answer. */
  answered(action: string): void;
}

/** Makes growing pauses for each action: AWS counts reads and writes separately. */
export function newPauses(now: () => number = () => performance.now()): AlbPauses {
  const known = new Map<string, { ms: number; until: number }>();
  return {
    leftMs: (action) => Math.max(0, (known.get(action)?.until ?? 0) - now()),
    throttled(action) {
      const ms = Math.min((known.get(action)?.ms ?? firstMs / 2) * 2, longestMs);
      // Random, so that several limited replicas do not retry together.
      known.set(action, { ms, until: now() + ms * (0.75 + Math.random() / 4) });
    },
    answered: (action) => void known.delete(action),
  };
}
