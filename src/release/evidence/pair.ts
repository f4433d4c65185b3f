/** One request to each color, sent together. */
export interface Pair {
  /** ms, by a clock that only goes forward within one holder; across a restart, by the store's clock. */
  at: number;
  /** Which of the configured requests it was, from 0. Absent: there is one. */
  request?: number;
  liveOk: boolean;
  /** The way back answered as it should. */
  backOk: boolean;
  /** How long the live color took, in ms. */
  liveMs: number;
  /** How long the way back took, in ms. */
  backMs: number;
}
