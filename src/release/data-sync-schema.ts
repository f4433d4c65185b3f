import { z } from 'zod';
import { colorSchema } from './color.ts';

/**
 * Whether the databases could be turned back, while there is a way back. `color`: to which. `bad`: how many looks in a
 * row said no; `why`: a sentence without its full stop; `missed`: what a revert would lose, likewise, empty: unknown.
 */
export const dataSyncSchema = z.looseObject({
  color: colorSchema,
  since: z.number(),
  bad: z.int(),
  why: z.string().optional(),
  missed: z.string().optional(),
});
/** See `dataSyncSchema`. */
export type DataSync = z.infer<typeof dataSyncSchema>;

/** How many bad answers in a row count. */
export const mostBad = 3;
/** How often the databases are asked, and how soon again after a bad answer that does not count yet, ms. */
const everyMs = 10_000;
const againMs = 2_000;

/** Returns when they are asked next, ms from now. */
export function nextLookMs({ bad }: DataSync): number {
  return bad > 0 && bad < mostBad ? againMs : everyMs;
}
