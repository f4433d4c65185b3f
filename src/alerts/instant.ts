import { z } from 'zod';

const wrong = { error: 'is no instant with a zone, such as 2026-11-20T22:46:31Z' };

/** What a clock that was set can say. */
const earliest = Date.UTC(2000, 0);
const latest = Date.UTC(2100, 0);

/** Seconds, milli-, micro- and nanoseconds since 1970 differ in length, for all that a clock says now. */
const perMs = [0.001, 1, 1_000, 1_000_000];

/** An instant as a number since 1970, in ms; undefined: it is none of this century. */
function sinceEpoch(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{10,19}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return undefined;
  return perMs.map((per) => Math.floor(number / per)).find((ms) => ms >= earliest && ms < latest);
}

/**
 * An instant, ms since 1970: RFC 3339 with its zone, or a number since 1970 in seconds or smaller. Null, an empty text and
 * Go's zero time are 0: its sender does not know it.
 */
export const instantSchema = z.preprocess(
  (value) => (value === null || value === '' ? '1970-01-01T00:00:00Z' : (sinceEpoch(value) ?? value)),
  z.union(
    [
      z.number().min(earliest),
      z.iso
        .datetime({ offset: true })
        .max(64)
        // Digits beyond milliseconds are none of ours.
        .transform((given) => Math.max(0, Date.parse(given.replace(/(\.\d{3})\d+/, '$1')))),
    ],
    wrong,
  ),
);

/** One that a clock must have said that was set. */
export const momentSchema = instantSchema.refine(
  (at) => at >= earliest && at < latest,
  'must lie between 2000 and 2100',
);
