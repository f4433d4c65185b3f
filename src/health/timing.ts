import { z } from 'zod';
import type { Color } from '../release/color.ts';
import { durationSchema } from '../release/duration.ts';

/**
 * Options of when a check runs and counts, for every kind: `timeout` of one question, `interval` between two,
 * `successes` in a row for a healthy color, `deadline` for all of it. Durations, parsed to milliseconds.
 */
export const timingOptions = {
  timeout: durationSchema.prefault('2s'),
  interval: durationSchema.prefault('1s'),
  successes: z.int().min(1).max(1000).default(3),
  deadline: durationSchema.prefault('60s'),
};

/** The base URLs of the colors. */
export type ColorUrls = Readonly<Record<Color, { readonly url: string }>>;
