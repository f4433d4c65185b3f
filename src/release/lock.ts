import { z } from 'zod';
import { actorSchema } from './actor.ts';

export const lockSchema = z.looseObject({
  holder: actorSchema,
  reason: z.string(),
  since: z.number(),
  until: z.number().nullable(),
  remindAt: z.number().nullable(),
});
/** Blocks stage and promote. `until`, `remindAt`: instants; null: never. */
export type Lock = z.infer<typeof lockSchema>;
