import { z } from 'zod';
import { hookCallSchema } from './writes-schema.ts';

const instant = z.number();

/** The calls of `mirror.hook` for one release, from its stage until `off` was answered. Oldest first. */
export const fedSchema = z.array(
  z.looseObject({
    /** Random; the start of the keys of its calls. */
    id: z.string(),
    call: hookCallSchema,
    since: instant,
    callAt: instant,
    /** Calls in a row that failed. */
    tries: z.int(),
    /** True: `on` was answered with 2xx, so both colors get what is written. */
    on: z.boolean(),
    /** True: `off` is called until it is answered. */
    ending: z.boolean().optional(),
    cause: z.string().optional(),
  }),
);
/** One of them. */
export type Fed = z.infer<typeof fedSchema>[number];
