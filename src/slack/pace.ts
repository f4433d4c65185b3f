/** Allowance that refills with time. Bounded memory; in this process only. */
export interface Bucket {
  /** Milliseconds until one may be spent; 0: now. */
  waitMs(): number;
  spend(): void;
}

/** `perSecond` on average, `burst` at once. `mono`: a clock in ms. */
export function makeBucket(mono: () => number, perSecond: number, burst: number): Bucket {
  let level = burst;
  let at = mono();
  const refill = (): void => {
    const now = mono();
    level = Math.min(burst, level + ((now - at) / 1_000) * perSecond);
    at = now;
  };
  return {
    waitMs() {
      refill();
      return level >= 1 ? 0 : Math.ceil(((1 - level) / perSecond) * 1_000);
    },
    spend() {
      refill();
      level -= 1;
    },
  };
}
