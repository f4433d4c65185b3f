import { z } from 'zod';

const instant = z.number();

/**
 * Nobody can write: the router was told so under this id, before it was told for the first time. `until` null: its
 * switch is under way, or waited for until `switchAt`. `renewAt`: when the next renewal is due, so it says when the
 * last one was.
 */
export const readOnlyStateSchema = z.looseObject({
  id: z.string(),
  release: z.string(),
  since: instant,
  until: instant.nullable(),
  switchAt: instant.optional(),
  renewAt: instant,
});
