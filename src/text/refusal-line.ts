import type { Line } from '../release/line.ts';
import { refusalWords } from '../release/refusals.ts';
import type { Refusal } from '../release/refusals.ts';

/**
 * A refusal in one paragraph: first the literal code, then what was refused, why, what is true now, and what the person
 * can do.
 */
export function refusalLine(refusal: Refusal): Line {
  return [`${refusal.code}: `, ...refusalWords(refusal)];
}
