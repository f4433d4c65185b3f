/** What a notice asks people for, as the record keeps it. */
import { z } from 'zod';
import { lineSchema } from './line.ts';

const instant = z.number();

export const askSchema = z.looseObject({
  /** Of the notice. */
  id: z.string(),
  kind: z.enum(['request', 'drift', 'stuck', 'unhealthy', 'lock']),
  /** What tells it from a later one of its kind. */
  subject: z.string().optional(),
  /** When it rings again, unless somebody does something; and how often it has. */
  ringAt: instant.optional(),
  rung: z.int().optional(),
  /** What became of it, when it is done or can no longer be. */
  ended: lineSchema.optional(),
});
/** Something that a notice asks people for. */
export type Ask = z.infer<typeof askSchema>;
