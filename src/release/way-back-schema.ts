/** What a release keeps about going back from it. */
import { z } from 'zod';
import { actorSchema } from './actor.ts';
import { keptSchema } from './schema.ts';

const noWayBackSchema = z.looseObject({
  reason: z.string(),
  by: actorSchema,
  at: z.number(),
});
/** Why nobody should go back from a release, and who said so. */
export type NoWayBack = z.infer<typeof noWayBackSchema>;

/** The fields of a release. */
export const wayBackShape = {
  /** Going back from it would do harm: a revert must be forced, and none begins by itself. */
  noWayBack: noWayBackSchema.optional(),
  /** The schema of its database, where the colors report it. */
  schema: keptSchema.optional(),
};
