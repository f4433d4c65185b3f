import { isAscii } from 'node:buffer';
import { withoutNaN } from './lenient-json.ts';

/** Deepest nesting of arrays and objects; senders use four levels. */
const deepest = 16;

/** A body as JSON, or where it is wrong; `value`: the value that is no object. */
export type Parsed = { ok: true; value: object } | { ok: false; mistake: string; value?: unknown };

/** Parses a body as JSON, which must be an object that is not too deep. */
export function parseBody(body: Buffer): Parsed {
  let value: unknown;
  try {
    value = parsed(textOf(body));
  } catch {
    return { ok: false, mistake: 'body: is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, mistake: 'body: is not an object', ...(Array.isArray(value) && { value }) };
  if (depth(value) > deepest) return { ok: false, mistake: `body: is more than ${deepest} levels deep` };
  return { ok: true, value };
}

/** Decodes UTF-8, or throws. Most bodies are ASCII, which is ten times as fast. */
function textOf(body: Buffer): string {
  return isAscii(body) ? body.toString('latin1') : new TextDecoder('utf-8', { fatal: true }).decode(body);
}

/** Parses JSON, with invalid numbers allowed, or throws. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!/NaN|Infinity/.test(text)) throw cause;
    return JSON.parse(withoutNaN(text));
  }
}

function depth(outer: object): number {
  let level: object[] = [outer];
  for (let count = 0; ; count += 1) {
    if (level.length === 0 || count > deepest) return count;
    level = level.flatMap((one) =>
      Object.values(one).filter((part: unknown): part is object => typeof part === 'object' && part !== null),
    );
  }
}
