/** What a notice asks people to do, as the record keeps it. */
import { z } from 'zod';
import { labelSchema } from './label.ts';
import { lineSchema } from './line.ts';

const instant = z.number();

const kinds = ['request', 'drift', 'stuck', 'unhealthy', 'lock', 'countdown'] as const;

/** An action item as the record keeps it. */
export const actionItemSchema = z.looseObject({
  /** The id of the notice. */
  id: z.string(),
  kind: labelSchema<(typeof kinds)[number]>(),
  /** Distinguishes it from a later item of its kind. */
  subject: z.string().optional(),
  /** When it mentions people again, unless somebody acts; and how often it has. */
  ringAt: instant.optional(),
  rung: z.int().optional(),
  /** What its message shows besides its text, where it changes while it is open; it is drawn again when this changes. */
  shows: z.string().optional(),
  /** How it ended: it was done, or can no longer be done. */
  ended: lineSchema.optional(),
});
/** Something that a notice asks people to do. */
export type ActionItem = z.infer<typeof actionItemSchema>;

/** Returns false for a kind that only a newer version knows; such an item stays as it is. */
export function isKnown({ kind }: ActionItem): boolean {
  return kinds.includes(kind);
}
