import { isAscii } from 'node:buffer';
import { withoutNaN } from './lenient-json.ts';

/** Levels of arrays and objects in one another; senders use four. */
const deepest = 16;

/** A body as JSON, or where it is wrong; `value`: what it is instead of an object. */
export type Parsed = { ok: true; value: object } | { ok: false; mistake: string; value?: unknown };

/** Reads a body as JSON, which must be an object that is not too deep. */
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

/** Throws for what is no UTF-8. Most bodies are ASCII, which is read ten times as fast. */
function textOf(body: Buffer): string {
  return isAscii(body) ? body.toString('latin1') : new TextDecoder('utf-8', { fatal: true }).decode(body);
}

/** Throws for what is no JSON, apart from numbers that are none. */
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
