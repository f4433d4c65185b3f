import { z } from 'zod';
import { httpUrlSchema } from '../net/url.ts';

/** A call: its URL, also as a plain text. */
const callSchema = z.preprocess(
  (written) => (typeof written === 'string' ? { url: written } : written),
  z.strictObject({ url: httpUrlSchema }),
);

/** What `cutover.writes` has with `mode: hook`: the calls that stop writes, and let them go on. */
export const writesHookShape = { on: callSchema.optional(), off: callSchema.optional() };

/** `mirror.hook`: the calls that begin and end to feed both colors. */
export const feedHookSchema = z.strictObject({ on: callSchema, off: callSchema });

/** `cutover.writes`, parsed, as far as its hooks need it. */
export type WritesHookOptions = z.output<z.ZodObject<typeof writesHookShape>> & { mode: string; max: number };
