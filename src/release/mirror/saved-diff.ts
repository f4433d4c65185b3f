import { z } from 'zod';

/** What the comparisons of a release had found when that changed; read it with `savedDiff`. `differing`: the first paths, and all fields' count. */
export const savedDiffSchema = z.looseObject({
  release: z.string(),
  at: z.number(),
  alike: z.int(),
  differ: z.int(),
  unsure: z.int(),
  failed: z.int(),
  differing: z.array(z.looseObject({ path: z.string(), fields: z.array(z.string()), of: z.int() })),
  /** How many paths differ. */
  of: z.int(),
});
/** A difference as a record keeps it. */
export type SavedDiff = z.infer<typeof savedDiffSchema>;

/** The counts, and the first that differ. */
export type BriefDiff = Pick<SavedDiff, 'alike' | 'differ' | 'unsure' | 'failed' | 'differing' | 'of'>;
