import { z } from 'zod';
import { actorSchema } from './actor.ts';

/** A lock as the record keeps it. */
export const lockSchema = z.looseObject({
  holder: actorSchema,
  reason: z.string(),
  since: z.number(),
  until: z.number().nullable(),
  remindAt: z.number().nullable(),
});
/** A lock: blocks stage and promote. `until`, `remindAt`: instants; null: never. */
export type Lock = z.infer<typeof lockSchema>;
