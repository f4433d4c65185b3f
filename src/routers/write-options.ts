import { z } from 'zod';
import { durationSchema } from '../release/duration.ts';

/**
 * Options of `cutover.writes`: which requests wait in the router while traffic moves, for `max` at most, ms; or get an
 * error around a switch (`deny`). `hook` is no matter of the router.
 */
export const holdOptions = z.strictObject({
  mode: z.enum(['off', 'hold', 'deny', 'hook']).default('off'),
  methods: z
    .array(
      z
        .string()
        .regex(/^[A-Z]{1,20}$/, { error: 'must be a method such as POST' })
        .refine((method) => method !== 'GET' && method !== 'HEAD', { error: 'must be a method that writes' }),
    )
    .min(1)
    .max(20)
    .default(['POST', 'PUT', 'PATCH', 'DELETE']),
  max: durationSchema
    .refine((ms) => ms >= 100 && ms <= 30_000, { error: 'must be from 100ms to 30s' })
    .prefault('3s'),
});
/** `cutover.writes`, parsed. */
export type HoldOptions = z.output<typeof holdOptions>;

/** What a denied write is answered. */
export const readOnlyText = 'Read-only for now: this write was not carried out. Try again later.\n';
