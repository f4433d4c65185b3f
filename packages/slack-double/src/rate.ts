/** A rate limit: `burst` calls at once, then `perMinute` evenly. */
export interface Rate {
  perMinute: number;
  burst: number;
}

/** Token buckets by name, on the workspace's clock. */
export interface Buckets {
  /** Takes one token. Returns the milliseconds to wait when there is none, otherwise 0. */
  take(name: string, rate: Rate): number;
}

const MOST_BUCKETS = 10_000;

/** Makes buckets that start full. */
export function makeBuckets(now: () => number): Buckets {
  const levels = new Map<string, { left: number; at: number }>();
  return {
    take(name, { perMinute, burst }) {
      const perMs = perMinute / 60_000;
      const before = levels.get(name) ?? { left: burst, at: now() };
      const left = Math.min(burst, before.left + (now() - before.at) * perMs);
      const taken = left >= 1;
      if (levels.size >= MOST_BUCKETS && !levels.has(name)) levels.clear();
      levels.set(name, { left: taken ? left - 1 : left, at: now() });
      return taken ? 0 : Math.ceil((1 - left) / perMs);
    },
  };
}
