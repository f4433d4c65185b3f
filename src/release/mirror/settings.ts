import { z } from 'zod';

const notShare = 'must be a share such as 1% or 0.5%';

/** A share such as 1% or 0.5%, as a number from 0 to 1. */
export const shareSchema = z
  .string({ error: ({ input }) => (input === undefined ? undefined : notShare) })
  .regex(/^(?:100|\d{1,2}(?:\.\d{1,4})?)%$/, { error: notShare })
  .transform((text) => Number(text.slice(0, -1)) / 100);

/** The part of `mirror` that the core reads; the adapters read all. */
export const mirrorSchema = z.looseObject({
  /** So many comparisons are needed before a promote. */
  atLeast: z.int().min(1).max(100_000).default(20),
});

/** `mirror`, where it has paths to compare; a hook alone compares nothing. */
export const comparedSchema = z
  .preprocess(
    (written) => (z.object({ paths: z.array(z.unknown()) }).safeParse(written).success ? written : undefined),
    mirrorSchema.optional(),
  )
  .optional();
