import { z } from 'zod';

/** What stands on one color. */
export const colorStateSchema = z.looseObject({
  role: z.enum(['live', 'previous', 'staged', 'reverted', 'failed', 'unknown']),
  version: z.string().nullable(),
  since: z.number(),
  /** A staged version equal to the previous one: cancelling it leaves the way back. */
  wasPrevious: z.boolean().optional(),
  /** A deploy of this version may have been started on it, and nobody follows it. */
  mayBecome: z.string().optional(),
});
export type ColorState = z.infer<typeof colorStateSchema>;
