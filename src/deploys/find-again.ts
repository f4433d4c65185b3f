import type { Clock } from '../release/clock.ts';

/** What was found of a deploy of a release: its id; nothing; or it could not be asked, with the cause for people. */
export type Found = { id: string } | { reason: string } | undefined;

/** How a start that may have been sent already is looked for, ms. */
export interface Search {
  /** A run that was asked for may appear so late in the system's lists. */
  appearsMs: number;
  everyMs: number;
}

export const usualSearch: Search = { appearsMs: 20_000, everyMs: 2_000 };

/** Asks until the deploy is found, cannot be asked for, or would have appeared by now. */
export async function findAgain(
  find: () => Promise<Found>,
  { appearsMs, everyMs }: Search,
  clock: Clock,
  signal: AbortSignal,
): Promise<Found> {
  const end = clock.mono() + appearsMs;
  for (;;) {
    const found = await find();
    if (found !== undefined || signal.aborted || clock.mono() >= end) return found;
    await clock.sleep(everyMs, signal);
  }
}
