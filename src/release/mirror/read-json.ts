/** Reads the JSON of an answer, so that two of them can be compared. Pure. */

/** JSON in which a long whole number is a text that begins with `numberMark`. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Stands before the digits of a number that would lose some of them. */
const numberMark = '\u0000';
/** Deeper nesting is not compared. */
const mostDepth = 100;

const longNumber = /\d{16}/;
const stringOrLongNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\w.+-])-?\d{16,}(?![\d.eE])/g;
const [quote, backslash] = [0x22, 0x5c];
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/**
 * Parses JSON; long whole numbers keep all their digits. Undefined: it is none. `too-deep`: it is nested more than 100
 * levels deep.
 */
export function readJson(body: string): { json: Json } | 'too-deep' | undefined {
  if (isTooDeep(body)) return 'too-deep';
  try {
    const json = JSON.parse(body) as Json;
    return { json: longNumber.test(body) ? (JSON.parse(marked(body)) as Json) : json };
  } catch {
    return undefined;
  }
}

function marked(body: string): string {
  return body.replace(stringOrLongNumber, (token) =>
    token.startsWith('"') ? token : JSON.stringify(`${numberMark}${token}`),
  );
}

function isTooDeep(body: string): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < body.length; i += 1) {
    const code = body.charCodeAt(i);
    if (code === quote) inText = !inText;
    else if (inText) i += code === backslash ? 1 : 0;
    else if (opening.has(code)) depth += 1;
    else if (closing.has(code)) depth -= 1;
    if (depth > mostDepth) return true;
  }
  return false;
}

/** Returns the JSON as text: the same for the same JSON, in any order of its keys. */
export function canonical(json: Json): string {
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  if (isList(json)) return `[${json.map(canonical).join()}]`;
  const keys = Object.keys(json).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(json[key] ?? null)}`).join()}}`;
}

/** True for a list. */
export function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/** True for an object. */
export function isObject(json: Json): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
