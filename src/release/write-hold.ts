/** The port of a router that lets the writes of clients wait. See docs/held-writes.md. */

/** One instance's answer. `detail`: why it does not hold; `forMs`: for how long it has, without a break, ms. */
export interface HoldAnswer {
  instance: string;
  held: boolean;
  detail?: string;
  forMs?: number;
}

/**
 * What waited: for how long writes were held, ms, how many requests waited, and how many of them got an error.
 * `stopped`: hooks stopped them, and nobody knows what became of the requests.
 */
export interface HeldWrites {
  ms: number;
  requests: number;
  refused: number;
  stopped?: boolean | undefined;
}

/** What waited at several instances together; undefined: no instance knows. */
export function togetherHeld(all: readonly HeldWrites[]): HeldWrites | undefined {
  if (all.length === 0) return undefined;
  return all.reduce((sum, { ms, requests, refused }) => ({
    ms: Math.max(sum.ms, ms),
    requests: sum.requests + requests,
    refused: sum.refused + refused,
  }));
}

/** Lets the writes of clients wait in the router. Every instance ends a hold by itself after `maxMs`. */
export interface WriteHold {
  readonly maxMs: number;
  /** Begins a hold of this name on every instance. The same name again changes nothing. */
  hold(id: string, signal: AbortSignal): Promise<HoldAnswer[]>;
  /**
   * Ends the hold of this name, not one of another name. No `held`: no instance knows it. `silent`: instances that did
   * not answer.
   */
  release(id: string, signal: AbortSignal): Promise<{ held?: HeldWrites | undefined; silent: string[] }>;
}

/** Denies writes of clients in the router: they get an error that says read-only. */
export interface WriteDenial {
  /**
   * Denies them for `ms` from now on, up to half as long again, on every instance; the same name again means longer.
   * `held`: it does.
   */
  deny(id: string, ms: number, signal: AbortSignal): Promise<HoldAnswer[]>;
  /** Allows them again, unless another name denies them. `held`: it still denies them, or does not answer. */
  allow(id: string, signal: AbortSignal): Promise<HoldAnswer[]>;
}
