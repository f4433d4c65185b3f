/**
 * What is known of Redis' clock against this process's monotonic one, from answers that carried Redis' time: a lower
 * and an upper bound of the difference. Quick answers make them tight; an answer that contradicts them means that a
 * clock was set or drifted, and begins again. Milliseconds.
 */
export class ClockEstimate {
  private lower = Number.NEGATIVE_INFINITY;
  private upper = Number.POSITIVE_INFINITY;

  /** Redis said `redisNow` (whole ms, rounded down) between the monotonic instants `sentAt` and `answeredAt`. */
  add(redisNow: number, sentAt: number, answeredAt: number): void {
    const lower = redisNow - answeredAt;
    const upper = redisNow + 1 - sentAt;
    const contradicts = lower > this.upper || upper < this.lower;
    this.lower = contradicts ? lower : Math.max(this.lower, lower);
    this.upper = contradicts ? upper : Math.min(this.upper, upper);
  }

  /** Forgets everything: another server, another clock. */
  reset(): void {
    this.lower = Number.NEGATIVE_INFINITY;
    this.upper = Number.POSITIVE_INFINITY;
  }

  /** The latest instant of Redis' clock that surely is not after the monotonic instant `mono`. */
  notAfter(mono: number): number {
    return Math.floor(mono + this.lower);
  }
}
