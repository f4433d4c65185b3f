import { z } from 'zod';

/** A dotted path into a JSON answer: `version`, `build.version`, `items.0.tag`. */
export const answerPathSchema = z
  .string()
  .regex(/^[^.\s]+(\.[^.\s]+)*$/, 'must be a dotted path such as version or build.version');

/**
 * The text or number at a dotted path, as text of at most 128 characters without control characters; undefined when
 * there is none.
 */
export function textAt(json: unknown, path: string): string | undefined {
  let here = json;
  for (const key of path.split('.')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  if (typeof here === 'number') return String(here);
  if (typeof here !== 'string' || here === '') return undefined;
  return plainText(here, 128);
}

/** Text from outside, made fit for one line: control characters become spaces, and it is cut at `max` characters. */
export function plainText(text: string, max: number): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  // Not between the halves of one character.
  return plain.length > max ? `${plain.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : plain;
}
