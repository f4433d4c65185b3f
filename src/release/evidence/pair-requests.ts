/** The port of the requests that both colors are asked. */
import type { Color } from '../color.ts';

/** What one color answered to a request of a pair. `reason`: why that is no good answer, for people. */
export type PairAnswer = { ok: true; ms: number } | { ok: false; ms: number; reason: string };

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
