import { z } from 'zod';
import { httpUrlSchema } from '../net/url.ts';
import { settlesSchema } from '../release/settings.ts';

const valueSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,256}$/, 'must have 1 to 256 letters, digits and _ . : -');
/** A program and its arguments, used unchanged: no shell reads them. */
const programSchema = z
  .array(z.string().regex(/^[^\0\r\n]{1,1000}$/, 'must be one line of text'), {
    error: 'must be a list: the program, then each of its arguments, such as [nginx, -t]',
  })
  .min(1)
  .max(64);

/** Options of a router that is nginx with an include file. */
export const nginxRouterOptions = z.strictObject({
  kind: z.literal('nginx'),
  include: z.string().regex(/^\/[^\0\r\n]*[^/\0\r\n]$/, 'must be the absolute path of a file'),
  variable: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be a name of letters, digits and _, without the $'),
  values: z
    .strictObject({ blue: valueSchema, green: valueSchema })
    .refine((values) => values.blue !== values.green, 'must differ for blue and green')
    .default({ blue: 'blue', green: 'green' }),
  liveUrl: httpUrlSchema,
  test: programSchema,
  reload: programSchema,
  settles: settlesSchema,
});

/** The options of an nginx router, parsed. */
export type NginxRouterOptions = z.output<typeof nginxRouterOptions>;
