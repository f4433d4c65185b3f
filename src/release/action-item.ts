/** What a notice asks people for, as the record keeps it. */
import { z } from 'zod';
import { labelSchema } from './label.ts';
import { lineSchema } from './line.ts';

const instant = z.number();

const kinds = ['request', 'drift', 'stuck', 'unhealthy', 'lock'] as const;

export const actionItemSchema = z.looseObject({
  /** Of the notice. */
  id: z.string(),
  kind: labelSchema<(typeof kinds)[number]>(),
  /** What tells it from a later one of its kind. */
  subject: z.string().optional(),
  /** When it rings again, unless somebody does something; and how often it has. */
  ringAt: instant.optional(),
  rung: z.int().optional(),
  /** What became of it, when it is done or can no longer be. */
  ended: lineSchema.optional(),
});
/** Something that a notice asks people for. */
export type ActionItem = z.infer<typeof actionItemSchema>;

/** False for one of a newer version, which is left as it is. */
export function isKnown({ kind }: ActionItem): boolean {
  return kinds.includes(kind);
}
