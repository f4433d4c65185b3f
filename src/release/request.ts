/** A request to promote, and what its approvals cover. See docs/design.md#approvals. */
import { z } from 'zod';
import { actorSchema } from './actor.ts';
import { colorSchema } from './color.ts';

const instant = z.number();

const coversSchema = z.object({
  release: z.string(),
  version: z.string(),
  live: colorSchema,
  target: colorSchema,
  epoch: z.int(),
  settings: z.string(),
});
/** Exactly what an approval covers. `settings` is a digest. */
export type Covers = z.infer<typeof coversSchema>;

/** The schemas of the reasons to promote despite a freeze, a critical alert, or different answers. */
export const overridesShape = {
  duringFreeze: z.string().optional(),
  whileFiring: z.string().optional(),
  despiteDiff: z.string().optional(),
};

/** A request to promote, as the record keeps it. */
export const requestSchema = z.looseObject({
  id: z.string(),
  status: z.enum(['open', 'granted', 'expired']),
  requester: actorSchema,
  openedAt: instant,
  expiresAt: instant,
  needed: z.int(),
  covers: coversSchema,
  approvals: z.array(z.object({ actor: actorSchema, at: instant })),
  ...overridesShape,
});
/** An open request to promote. */
export type ApprovalRequest = z.infer<typeof requestSchema>;
