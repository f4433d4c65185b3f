import { z } from 'zod';

/** A dotted path into a JSON answer: `version`, `build.version`, `items.0.tag`. */
export const answerPathSchema = z
  .string()
  .regex(/^[^.\s]+(\.[^.\s]+)*$/, 'must be a dotted path such as version or build.version');

/** A JSON body. Of a duplicate name in one object the last value counts, as in every JSON parser. */
export interface JsonBody {
  /**
   * The value at a dotted path; undefined when there is none. A name with dots is tried whole before its parts:
   * `build.version` finds `{"build.version": "1"}` and `{"build": {"version": "1"}}`.
   */
  valueAt(path: string): unknown;
  /** The text there, or a number's characters as in the body: `1.10` is not `1.1`. Otherwise undefined. */
  textAt(path: string): string | undefined;
}

/** Parses a body as JSON; undefined when it is not JSON. */
export function jsonBody(body: string): JsonBody | undefined {
  const json = parsed(body);
  if (json === undefined) return undefined;
  const valueAt = (path: string) => at(json, path.split('.'));
  return {
    valueAt,
    textAt(path) {
      const value = valueAt(path);
      if (typeof value === 'string') return value;
      if (typeof value !== 'number') return undefined;
      return String(at(parsed(numbersAsText(body)), path.split('.')));
    },
  };
}

function at(json: unknown, keys: readonly string[]): unknown {
  if (keys.length === 0) return json;
  if (typeof json !== 'object' || json === null) return undefined;
  for (let length = keys.length; length > 0; length -= 1) {
    const key = keys.slice(0, length).join('.');
    if (!Object.hasOwn(json, key)) continue;
    const found = at((json as Record<string, unknown>)[key], keys.slice(length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The same JSON with each number as a text of its characters. Accepts exactly what `JSON.parse` accepts. */
function numbersAsText(json: string): string {
  return json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** Makes text from outside fit for one line: control characters become spaces, and it is cut at `max` characters. */
export function oneLineText(text: string, max: number): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  // Does not cut between the halves of one character.
  return plain.length > max ? `${plain.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : plain;
}
