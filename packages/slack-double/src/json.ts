/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object; a missing key reads as undefined. */
export interface JsonObject {
  [key: string]: Json;
}

/** True for an object that is neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at `key`, or undefined. */
export function objectAt(from: JsonObject, key: string): JsonObject | undefined {
  const value = from[key];
  return isObject(value) ? value : undefined;
}

/** The string at `key`, or undefined. */
export function textAt(from: JsonObject, key: string): string | undefined {
  const value = from[key];
  return typeof value === 'string' ? value : undefined;
}

/** The objects in the list at `key`, without other values. */
export function objectsAt(from: JsonObject, key: string): JsonObject[] {
  const value = from[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** True for `true`, `"true"`, `1` and `"1"`, since form bodies have only strings. */
export function flagAt(from: JsonObject, key: string): boolean {
  const value = from[key];
  return value === true || value === 'true' || value === 1 || value === '1';
}

/** Parses `text` as JSON; undefined when it is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
