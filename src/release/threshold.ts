/** Reads limits of a measured number. Pure. */
import { z } from 'zod';
import { durationSchema } from './duration.ts';

/** The longest `for`, ms. */
const longestForMs = 86_400_000;

/** Options of a limit: a number beyond which a measured one is bad, and `for` how long it must be there, ms. */
export const thresholdOptions = {
  above: z.number().optional(),
  below: z.number().optional(),
  for: durationSchema.refine((ms) => ms <= longestForMs, { error: 'must be at most 1d' }).optional(),
};

/** `refine` of a group with these options. */
export const oneThreshold: [
  (options: { above?: number | undefined; below?: number | undefined }) => boolean,
  string,
] = [
  ({ above, below }) => (above === undefined) !== (below === undefined),
  'needs either above or below, and a number',
];

/** A limit, parsed. */
export interface Threshold {
  above?: number | undefined;
  below?: number | undefined;
  for?: number | undefined;
}

/** Returns true when the value is beyond the limit; a value at the limit is not. */
export function isBeyond({ above, below }: Threshold, value: number): boolean {
  return (above !== undefined && value > above) || (below !== undefined && value < below);
}

/** `0.073 is above 0.05`, or `0.02 is not above 0.05`. */
export function sideWords(threshold: Threshold, value: number): string {
  const { above, below } = threshold;
  const limit = above ?? below ?? 0;
  const side = above === undefined ? 'below' : 'above';
  return `${distinct(value, limit)} is ${isBeyond(threshold, value) ? '' : 'not '}${side} ${limit}`;
}

/** Rounds a value to 3 digits, or to as many as show that it is not the limit. */
function distinct(value: number, limit: number): string {
  for (let digits = 3; digits < 17; digits += 1) {
    const rounded = Number(value.toPrecision(digits));
    if (rounded !== limit || value === limit) return String(rounded);
  }
  return String(value);
}
