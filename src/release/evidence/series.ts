import { z } from 'zod';
import type { Pair } from './pair.ts';

/** Slack draws at most so many points of a line. */
const most = 20;
const firstMs = 2_000;

const count = z.number().int().nonnegative();

export const seriesSchema = z.looseObject({
  /** How long each point is, ms. It doubles when there is no room for another point. */
  eachMs: z.number().min(firstMs),
  /** The oldest first: pairs, failures of the live color, failures of the way back. No pairs: nobody asked then. */
  points: z.array(z.tuple([count, count, count])).max(most),
});
/** What both colors answered since the first pair, for a picture. It never counts for a verdict. */
export type Series = z.infer<typeof seriesSchema>;

export function emptySeries(): Series {
  return { eachMs: firstMs, points: [] };
}

/** Counts a pair `sinceMs` after the first one. */
export function withPairInSeries(before: Series, sinceMs: number, { liveOk, backOk }: Pair): Series {
  let { eachMs, points } = before;
  while (sinceMs >= eachMs * most) {
    eachMs *= 2;
    points = paired(points);
  }
  const index = Math.floor(sinceMs / eachMs);
  const next = Array.from(
    { length: Math.max(points.length, index + 1) },
    (_, i): Series['points'][number] => points[i] ?? [0, 0, 0],
  );
  const [pairs, live, back] = next[index] ?? [0, 0, 0];
  next[index] = [pairs + 1, live + (liveOk ? 0 : 1), back + (backOk ? 0 : 1)];
  return { ...before, eachMs, points: next };
}

/** Puts each two neighbours together. */
function paired(points: Series['points']): Series['points'] {
  return points.flatMap((point, i): Series['points'] => {
    if (i % 2 === 1) return [];
    const [pairs, live, back] = points[i + 1] ?? [0, 0, 0];
    return [[point[0] + pairs, point[1] + live, point[2] + back]];
  });
}
