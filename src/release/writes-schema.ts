import { z } from 'zod';
import { colorSchema } from './color.ts';

const instant = z.number();

/** What a release keeps of its last switch: see `HeldWrites`. */
export const heldSchema = z.looseObject({
  ms: z.number(),
  requests: z.int(),
  refused: z.int(),
  stopped: z.boolean().optional(),
});

/** What a hook is called with, but for the service and the step. */
export const hookCallSchema = z.looseObject({
  release: z.string(),
  version: z.string(),
  from: colorSchema,
  to: colorSchema,
  epoch: z.int(),
  actor: z.string(),
  reason: z.string(),
});

/** Writes that were, or may be, stopped by a hook: what `off` is called with, since when, and when next. */
export const writesOffSchema = z.looseObject({
  id: z.string(),
  call: hookCallSchema,
  since: instant,
  callAt: instant,
  /** Calls that failed. */
  tries: z.int(),
  cause: z.string().optional(),
});
