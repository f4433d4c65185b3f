/** The port of the requests that both colors are asked. */
import type { Color } from '../color.ts';

/** Whether one color answered a request of a pair well, and after how many ms. */
export interface PairAnswer {
  ok: boolean;
  ms: number;
}

/** Requests that both colors are asked at the same moment. They change nothing. */
export interface Pairs {
  /** They take turns. Each asks one color once, and never throws. */
  readonly requests: readonly [PairRequest, ...PairRequest[]];
  /** Pause between two pairs, ms. */
  readonly everyMs: number;
  /** Length of the blocks of the lasting verdict, ms. */
  readonly blockMs: number;
}

/** Asks one color once. */
export type PairRequest = (color: Color, signal: AbortSignal) => Promise<PairAnswer>;
