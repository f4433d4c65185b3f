/** A revert that could not be carried out, and a router that is waited for: what the record keeps of both. */
import { z } from 'zod';
import { colorSchema } from './color.ts';

export const unrevertedSchema = z.looseObject({
  /** The newest revert that was refused, until one is carried out. */
  unreverted: z
    .looseObject({
      /** Of the operation. */
      id: z.string(),
      color: colorSchema,
      version: z.string().nullable(),
      code: z.string(),
      cause: z.string(),
      epoch: z.int(),
    })
    .nullable()
    .optional(),
  /** Somebody waits for the router to answer: when it is noted next that it is asked, and whether it was silent. */
  awaits: z.looseObject({ at: z.number(), silent: z.boolean() }).nullable().optional(),
});
