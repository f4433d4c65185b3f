/** What leaves a master while another takes its place counts for so long, ms. */
const windowMs = 15_000;

/**
 * How many live replicas the master has, as sentinels or cluster named them: the highest number within the last 15
 * seconds. In a planned failover the replicas leave the old master while it still takes writes; what it alone has is
 * lost then, and must not pass for replicated.
 */
export class KnownReplicas {
  readonly #said: { count: number; at: number }[] = [];

  /** Somebody named so many at the monotonic instant `at`; undefined: nobody did. */
  add(count: number | undefined, at: number): void {
    if (count === undefined) return;
    const last = this.#said.at(-1);
    if (last?.count === count) last.at = at;
    else this.#said.push({ count, at });
  }

  /** The highest number of late, as of the monotonic instant `now`; undefined before one was named. */
  most(now: number): number | undefined {
    while (this.#said.length > 1 && (this.#said[0]?.at ?? 0) < now - windowMs) this.#said.shift();
    return this.#said.length === 0 ? undefined : Math.max(...this.#said.map(({ count }) => count));
  }
}
