import { z } from 'zod';

/** What is on one color. */
export const colorStateSchema = z.looseObject({
  role: z.enum(['live', 'previous', 'staged', 'reverted', 'failed', 'unknown']),
  version: z.string().nullable(),
  since: z.number(),
  /** True for a staged version equal to the previous one: a cancel keeps the way back. */
  wasPrevious: z.boolean().optional(),
  /** The version that a deploy may still put on this color, with no process following that deploy. */
  mayBecome: z.string().optional(),
});
/** The state of one color; see `colorStateSchema`. */
export type ColorState = z.infer<typeof colorStateSchema>;
