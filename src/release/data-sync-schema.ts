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
  /** False: nobody has asked them since the switch. */
  asked: z.boolean().optional(),
  why: z.string().optional(),
  missed: z.string().optional(),
  /** True: a turn is half done. */
  owed: z.boolean().optional(),
});
/** See `dataSyncSchema`. */
export type DataSync = z.infer<typeof dataSyncSchema>;

/** How many bad answers in a row count. */
export const mostBad = 3;
/** How often the databases are asked, how soon again after a bad answer that does not count yet, and for the first time, ms. */
const everyMs = 5_000;
const againMs = 2_000;
const firstMs = 1_000;

/** Returns when they are asked next, ms from now. */
export function nextLookMs({ bad, asked }: DataSync): number {
  if (asked === false) return firstMs;
  return bad > 0 && bad < mostBad ? againMs : everyMs;
}
