import { z } from 'zod';

/**
 * A word of a closed list that is only shown and compared, as a record keeps it. An unknown word is accepted: a newer
 * version stored it and was rolled back. So no `switch` over it may end in `satisfies never`.
 */
export function labelSchema<Label extends string>() {
  return z.custom<Label>((value) => typeof value === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(value), {
    error: 'is no code',
  });
}
