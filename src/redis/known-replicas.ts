/** A replica that leaves its master during a failover still counts for this long, ms. */
const windowMs = 15_000;

/**
 * The number of live replicas of the master, as sentinels or the cluster report it: the highest number within the
 * last 15 s. In a planned failover the replicas leave the old master while it still takes writes. What only that
 * master has is lost then, and must not count as replicated.
 */
export class KnownReplicas {
  readonly #said: { count: number; at: number }[] = [];

  /** Adds a number that was reported at the monotonic instant `at`; undefined: none was. */
  add(count: number | undefined, at: number): void {
    if (count === undefined) return;
    const last = this.#said.at(-1);
    if (last?.count === count) last.at = at;
    else this.#said.push({ count, at });
  }

  /** The highest recent number, as of the monotonic instant `now`; undefined before the first one. */
  most(now: number): number | undefined {
    while (this.#said.length > 1 && (this.#said[0]?.at ?? 0) < now - windowMs) this.#said.shift();
    return this.#said.length === 0 ? undefined : Math.max(...this.#said.map(({ count }) => count));
  }
}
