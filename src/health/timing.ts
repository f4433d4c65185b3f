import { z } from 'zod';
import type { Color } from '../release/color.ts';
import { durationSchema } from '../release/duration.ts';

/**
 * When a check is asked and believed, for every kind: `timeout` of one question, `interval` between two,
 * `successes` in a row that make a color healthy, `deadline` for all of it. Written as durations, read as milliseconds.
 */
export const timingOptions = {
  timeout: durationSchema.prefault('2s'),
  interval: durationSchema.prefault('1s'),
  successes: z.int().min(1).max(1000).default(3),
  deadline: durationSchema.prefault('60s'),
};

/** The colors' own base URLs. */
export type ColorUrls = Readonly<Record<Color, { readonly url: string }>>;
