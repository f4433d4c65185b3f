import { z } from 'zod';

export const colorSchema = z.enum(['blue', 'green']);

/** One of the two identical environments of a service. */
export type Color = z.infer<typeof colorSchema>;

/** A color with its sign, as it stands in sentences. */
export const signedColor = { blue: '🔵 blue', green: '🟢 green' } as const;

/** The color that is not `color`. */
export function otherColor(color: Color): Color {
  return color === 'blue' ? 'green' : 'blue';
}
