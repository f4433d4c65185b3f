import { z } from 'zod';
import type { Side } from './alarm.ts';
import { lnE } from './e-process.ts';
import { nowBins } from './moment.ts';
import type { Pair } from './pair.ts';

/** How many pairs are compared, at most: the newest of the last minute. */
const most = 60;
/** A color that was slower in 16 of 16 pairs is above it. */
const lnAlarm = Math.log(10_000);
/** A smaller difference is not worth a word, ms. */
const leastMs = 10;

export const timesSchema = z.array(z.tuple([z.number(), z.number()])).max(most);
/** Of pairs that both answered: the bin, and by how much the live color was slower, whole ms. */
export type Times = z.infer<typeof timesSchema>;

export function withTime(times: Times, bin: number, { liveOk, backOk, liveMs, backMs }: Pair): Times {
  if (!liveOk || !backOk) return times;
  return [...times.slice(1 - most), [bin, Math.round(liveMs - backMs)]];
}

/** The color that was slower in most of the newest pairs of the last minute, if that is no accident. */
export function slowerAt(
  times: Times,
  bin: number,
): { color: Side; in: number; of: number; medianMs: number } | undefined {
  const recent = times.filter(([at]) => at > bin - nowBins).map(([, ms]) => ms);
  const live = recent.filter((ms) => ms > 0).length;
  const back = recent.filter((ms) => ms < 0).length;
  if (lnE(Math.max(live, back), Math.min(live, back)) < lnAlarm) return undefined;
  const color = live > back ? 'live' : 'back';
  const sorted = recent.toSorted((a, b) => (color === 'live' ? a - b : b - a));
  const medianMs = Math.abs(sorted[Math.floor(sorted.length / 2)] ?? 0);
  return medianMs < leastMs ? undefined : { color, in: Math.max(live, back), of: recent.length, medianMs };
}
