import { z } from 'zod';
import { labelSchema } from '../label.ts';
import type { VerdictCode } from './alarm.ts';

/**
 * A verdict about going back, and the pairs that it rests on, as they were when it changed. `told`: the newest verdict
 * that a notice gave, and when.
 */
export const savedEvidenceSchema = z.looseObject({
  epoch: z.int(),
  now: labelSchema<VerdictCode>(),
  steady: labelSchema<VerdictCode>(),
  at: z.number(),
  pairs: z.int(),
  liveFailed: z.int(),
  backFailed: z.int(),
  /** With `no-difference`: so many percentage points more failures would have been seen. */
  seenPoints: z.number().optional(),
  told: z.looseObject({ verdict: labelSchema<VerdictCode>(), at: z.number() }).optional(),
});
/** Evidence as a record keeps it. */
export type SavedEvidence = z.infer<typeof savedEvidenceSchema>;
