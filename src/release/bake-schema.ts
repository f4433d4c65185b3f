/** The bake as the record keeps it. */
import { z } from 'zod';

const instant = z.number();

export const bakeSchema = z.looseObject({
  release: z.string(),
  startedAt: instant,
  until: instant,
  verdict: z.enum(['healthy', 'unhealthy']),
  cause: z.string().optional(),
  /** True: it was unhealthy once. Then only good checks after its end settle it. */
  wasUnhealthy: z.boolean().optional(),
  wayBack: z.enum(['alive', 'dead', 'none']),
  wayBackCause: z.string().optional(),
  /** True: the `after-switch` hooks have been called. */
  hooksDone: z.boolean(),
  /** A hook with `stop` failed: the bake stays unhealthy until its end. */
  hookFailed: z.string().optional(),
  /** When a bake that was unhealthy reached its end: good checks count from then on. */
  endedAt: instant.optional(),
  /** There is no number of a measured check; `told`: its time is over; `quiet`: no notice said so yet. */
  unmeasured: z
    .looseObject({ cause: z.string(), told: z.boolean(), quiet: z.boolean().optional() })
    .optional(),
  /** When a notice said that there is no number. */
  unmeasuredAt: instant.optional(),
  /** Why it is neither settled nor unhealthy after its end; a notice said so. */
  unsettled: z.string().optional(),
  /** True: no replica can read its settings, and a notice said so. */
  unwatched: z.boolean().optional(),
});
/** The watch over a release after its promote. */
export type Bake = z.infer<typeof bakeSchema>;
