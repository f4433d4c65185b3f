/**
 * A difference of more than this, ms, cannot come from the network or a timer: the clock was set, or is another one.
 */
export const apartMs = 5_000;
/** Answers must have agreed for this long before the estimate is trusted, ms. */
const settledMs = 2_000;
/** How far wall clock and monotonic clock may drift between answers, ms. More: this machine was suspended. */
const driftMs = 2_000;
/** How fast the store's clock may be slewed against the monotonic clock, as a fraction of the time that passes. */
const slewRate = 0.01;

/**
 * Estimates the store's clock against this process's monotonic clock, in ms. It keeps a lower and an upper bound of
 * the difference, from answers that carried the store's time. Quick answers make the bounds tight. An answer that
 * contradicts them means that a clock was set or drifted, and the estimate starts again.
 */
export class ClockEstimate {
  private lower = Number.NEGATIVE_INFINITY;
  private upper = Number.POSITIVE_INFINITY;
  private heardAt = 0;
  private agreedSince = Number.POSITIVE_INFINITY;
  private wallAhead = 0;
  private readonly wall: () => number;

  /** `wall`: this machine's wall clock, ms since 1970. */
  constructor(wall: () => number = Date.now) {
    this.wall = wall;
  }

  /** Adds an answer: the store said `now` (whole ms, rounded down) between monotonic `sentAt` and `answeredAt`. */
  add(now: number, sentAt: number, answeredAt: number): void {
    const slewed = Math.max(0, answeredAt - this.heardAt) * slewRate;
    this.lower -= slewed;
    this.upper += slewed;
    if (this.off(now, sentAt, answeredAt) === 0) {
      this.lower = Math.max(this.lower, now - answeredAt);
      this.upper = Math.min(this.upper, now + 1 - sentAt);
      this.heard(answeredAt);
    } else this.restart(now, sentAt, answeredAt);
  }

  /**
   * Starts again from this answer alone: another server has another clock, even when it is close to the one before.
   */
  restart(now: number, sentAt: number, answeredAt: number): void {
    if (Math.abs(this.off(now, sentAt, answeredAt)) > apartMs) this.agreedSince = answeredAt;
    this.lower = now - answeredAt;
    this.upper = now + 1 - sentAt;
    this.heard(answeredAt);
  }

  /** How far an answer lies ahead of the estimate, ms; negative: behind. 0 where it may be right. */
  off(now: number, sentAt: number, answeredAt: number): number {
    const lower = now - answeredAt;
    const upper = now + 1 - sentAt;
    if (lower > this.upper) return lower - this.upper;
    return upper < this.lower ? upper - this.lower : 0;
  }

  /**
   * Returns true when the estimate for the monotonic instant `mono` can be relied on: the answers have agreed for a
   * while, and this machine was not suspended since the last one (that would stop its monotonic clock).
   */
  sure(mono: number): boolean {
    const drift = this.wall() - mono - this.wallAhead;
    return mono - this.agreedSince >= settledMs && Math.abs(drift) < driftMs;
  }

  /** The latest instant of the store's clock that is certainly not after the monotonic instant `mono`. */
  notAfter(mono: number): number {
    return Math.floor(mono + this.lower);
  }

  private heard(answeredAt: number): void {
    this.agreedSince = Math.min(this.agreedSince, answeredAt);
    this.heardAt = answeredAt;
    this.wallAhead = this.wall() - answeredAt;
  }
}
