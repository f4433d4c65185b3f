/** A request that has ended: the version with a good answer, as `<color> <version>`, or undefined. `at` in ms. */
export interface Ended {
  at: number;
  by: string | undefined;
}

/** How much each version answered, largest first, and how much failed; in requests a second. */
export interface Rates {
  answered: { color: string; version: string; perSecond: number }[];
  errorsPerSecond: number;
}

/**
 * The rates of the last `ms` before `now`. `ended`: oldest first, with one older than `ms` if there is any;
 * `startedAt`: when the requests began.
 */
export function ratesOf(ended: readonly Ended[], now: number, ms: number, startedAt: number): Rates {
  const recent = ended.filter(({ at }) => at > now - ms);
  // Measures from the last request before the window to the last one in it: that holds a whole number of requests, so
  // that steady traffic has a steady rate. With the window's own length, one request more or fewer looks like a loss.
  const from = ended.findLast(({ at }) => at <= now - ms)?.at ?? Math.max(startedAt, now - ms);
  const seconds = Math.max(0.5, ((recent.at(-1)?.at ?? now) - from) / 1000);
  const tally = new Map<string | undefined, number>();
  for (const { by } of recent) tally.set(by, (tally.get(by) ?? 0) + 1);
  const answered = [...tally].flatMap(([by, hits]) => {
    if (by === undefined) return [];
    const [color = '', version = ''] = by.split(' ');
    return [{ color, version, perSecond: hits / seconds }];
  });
  answered.sort((one, two) => two.perSecond - one.perSecond);
  return { answered, errorsPerSecond: (tally.get(undefined) ?? 0) / seconds };
}
