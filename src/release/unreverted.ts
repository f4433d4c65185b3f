/** What the record keeps about a revert that could not be carried out, and about a router that somebody waits for. */
import { z } from 'zod';
import { colorSchema } from './color.ts';

/** The schemas of both. */
export const unrevertedSchema = z.looseObject({
  /** The newest revert that was refused, until one is carried out. */
  unreverted: z
    .looseObject({
      /** The id of the operation. */
      id: z.string(),
      color: colorSchema,
      version: z.string().nullable(),
      code: z.string(),
      cause: z.string(),
      /** What to repair first: until then every write to the router is refused. */
      repair: z.string().optional(),
      epoch: z.int(),
    })
    .nullable()
    .optional(),
  /** Since when the router answers none of the bot's questions until something is repaired, and whether people know. */
  shutOut: z.looseObject({ at: z.number(), told: z.boolean() }).nullable().optional(),
  /** Somebody waits for the router to answer: the next time that asking it is noted, and whether it was silent. */
  awaits: z.looseObject({ at: z.number(), silent: z.boolean() }).nullable().optional(),
});
