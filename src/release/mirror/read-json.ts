/** Reads the JSON of an answer, so that two of them can be compared. Pure. */

/** JSON in which a number is a text that begins with `numberMark`. */
export type Json = string | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Stands before the characters of a number, so that 1 is not "1". */
const numberMark = '\u0000';
/** Deeper nesting is not compared. */
const mostDepth = 100;
/** So many digits of a number are exact. */
const exactDigits = 15;

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;
const stringOrBracket = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/g;

/**
 * Parses JSON. `1.0` is `1`, and long numbers keep all their digits. Undefined: it is none. `too-deep`: it is nested
 * more than 100 levels deep.
 */
export function readJson(body: string): { json: Json } | 'too-deep' | undefined {
  if (isTooDeep(body)) return 'too-deep';
  try {
    JSON.parse(body);
    return { json: JSON.parse(body.replace(stringOrNumber, marked)) as Json };
  } catch {
    return undefined;
  }
}

function marked(token: string): string {
  if (token.startsWith('"')) return token;
  const digits = token.replaceAll(/\D/g, '').length;
  return JSON.stringify(`${numberMark}${digits > exactDigits ? token : String(Number(token))}`);
}

function isTooDeep(body: string): boolean {
  let depth = 0;
  for (const [token] of body.matchAll(stringOrBracket)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
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
