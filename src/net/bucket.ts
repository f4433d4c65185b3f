/** A rate limit that refills with time. Bounded memory; in this process only. */
export interface Bucket {
  /** Milliseconds until one may be spent with `kept` (0) left for others; 0: now. */
  waitMs(kept?: number): number;
  spend(): void;
  /** Blocks spending for `ms`: Slack's `Retry-After`. */
  hold(ms: number): void;
}

/** Makes a bucket with `perSecond` on average and `burst` at once. `mono`: a clock in ms. */
export function makeBucket(mono: () => number, perSecond: number, burst: number): Bucket {
  let level = burst;
  let at = mono();
  let heldUntil = 0;
  const refill = (): void => {
    const now = mono();
    level = Math.min(burst, level + ((now - at) / 1_000) * perSecond);
    at = now;
  };
  return {
    waitMs(kept = 0) {
      refill();
      const missing = 1 + kept - level;
      const refilled = missing > 0 ? Math.ceil((missing / perSecond) * 1_000) : 0;
      return Math.max(refilled, Math.ceil(heldUntil - mono()), 0);
    },
    spend() {
      refill();
      level -= 1;
    },
    hold(ms) {
      heldUntil = Math.max(heldUntil, mono() + ms);
    },
  };
}
