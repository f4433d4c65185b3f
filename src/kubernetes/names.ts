import { z } from 'zod';

/** A DNS label, the form of names of namespaces and most objects. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
    'must be a name of Kubernetes: lowercase letters, digits, - and .',
  );

/** A different name for each color. */
export const colorsOf = (schema: z.ZodString) =>
  z
    .strictObject({ blue: schema, green: schema })
    .refine(({ blue, green }) => blue !== green, 'must differ for blue and green');
