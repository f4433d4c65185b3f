import { z } from 'zod';
import { settlesSchema } from '../release/settings.ts';
import { addressPattern } from './haproxy-socket.ts';

/**
 * A name that goes into a command unchanged. Blanks, `;`, quotes and backslashes would end or change the command, and
 * `<<` would begin a payload; HAProxy accepts all else.
 */
const nameSchema = z
  .string()
  .regex(
    /^(?!.*<<)[^\p{Z}\p{C};"'\\]{1,256}$/u,
    'must have 1 to 256 characters, no space, and none of ; " \' \\ or <<',
  );
/** `#` begins a reference to an entry, or a comment in the file. */
const keySchema = nameSchema.refine((key) => !key.startsWith('#'), 'must not begin with #');
/** `@` begins the number of a map's version. */
const mapSchema = nameSchema.refine((map) => !map.startsWith('@'), 'must not begin with @');
const addressSchema = z
  .string()
  .regex(addressPattern, 'must be tcp://host:port or unix:/path')
  .refine((address) => Number(/:(\d+)$/.exec(address)?.[1] ?? 1) <= 65_535, 'has a port above 65535');

/** Options of a router that is HAProxy with a map. */
export const haproxyRouterOptions = z.strictObject({
  kind: z.literal('haproxy'),
  address: z.union([
    addressSchema.transform((one) => [one]),
    z
      .array(addressSchema)
      .min(1)
      .max(64)
      .refine((all) => new Set(all).size === all.length, 'names an instance twice'),
  ]),
  map: mapSchema,
  key: keySchema,
  values: z
    .strictObject({ blue: nameSchema, green: nameSchema })
    .refine((values) => values.blue !== values.green, 'must differ for blue and green')
    .default({ blue: 'blue', green: 'green' }),
  mapFile: z.string().startsWith('/', 'must be an absolute path').optional(),
  settles: settlesSchema,
});

/** The options of an HAProxy router, parsed. */
export type HaproxyRouterOptions = z.output<typeof haproxyRouterOptions>;
