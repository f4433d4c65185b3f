import { z } from 'zod';

/** Reads `blue` or `green`. */
export const colorSchema = z.enum(['blue', 'green']);

/** One of the two identical environments of a service. */
export type Color = z.infer<typeof colorSchema>;

/** The colors with their signs, as sentences show them. */
export const signedColor = { blue: '🔵 blue', green: '🟢 green' } as const;

/** Returns the color that is not `color`. */
export function otherColor(color: Color): Color {
  return color === 'blue' ? 'green' : 'blue';
}
