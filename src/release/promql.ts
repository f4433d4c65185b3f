/** Reads PromQL queries with placeholders, and fills them in. Pure. */
import { z } from 'zod';

/** What a query can ask for: `{service}`, `{color}`, `{version}`. */
export type Placeholder = 'service' | 'color' | 'version';

/** `quote`: of the text in which it stands; undefined: outside of quotes. `regex`: this text is a regular expression. */
interface Hole {
  name: Placeholder;
  quote: string | undefined;
  regex: boolean;
}

/** A query: its texts, and the placeholders between them. */
interface Template {
  pieces: (string | Hole)[];
  /** What is wrong with its form, in words. */
  flaw?: string;
}

const hole = /\{(service|color|version)\}/y;
const closing: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/**
 * The schema of a query, at most 2,000 characters. `knows`: the placeholders that it can have; `needs`: it must have one
 * of these. `{service}` and `{version}` stand in quotes.
 */
export function querySchema(
  knows: readonly Placeholder[],
  needs: readonly Placeholder[] = [],
): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .max(2_000)
    .superRefine((query, context) => {
      const message = flawOf(query, knows, needs);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    });
}

/** Returns true when the query has this placeholder. */
export function holds(query: string, name: Placeholder): boolean {
  return parse(query).pieces.some((piece) => typeof piece !== 'string' && piece.name === name);
}

/**
 * Fills the placeholders in, so that each value stands for itself: it cannot end the quoted text in which it stands, and
 * has no meaning of its own in a regular expression. `missing`: a placeholder without a value.
 */
export function fillQuery(
  query: string,
  values: Readonly<Partial<Record<Placeholder, string>>>,
): { query: string } | { missing: Placeholder } {
  let filled = '';
  for (const piece of parse(query).pieces) {
    if (typeof piece === 'string') filled += piece;
    else {
      const value = values[piece.name];
      if (value === undefined) return { missing: piece.name };
      filled += quoted(value, piece);
    }
  }
  return { query: filled };
}

function flawOf(
  query: string,
  knows: readonly Placeholder[],
  needs: readonly Placeholder[],
): string | undefined {
  const { pieces, flaw } = parse(query);
  if (flaw !== undefined) return flaw;
  const holes = pieces.filter((piece) => typeof piece !== 'string');
  const strange = holes.find(({ name }) => !knows.includes(name));
  if (strange) return `cannot have {${strange.name}}, only ${listed(knows, 'and')}`;
  const bare = holes.find(({ name, quote }) => name !== 'color' && quote === undefined);
  if (bare) return `has {${bare.name}} outside of quotes`;
  if (needs.length > 0 && !holes.some(({ name }) => needs.includes(name)))
    return `must hold ${listed(needs, 'or')}`;
  return undefined;
}

function listed(names: readonly Placeholder[], word: string): string {
  return names.map((name) => `{${name}}`).join(` ${word} `);
}

/** Splits a query at its placeholders. A comment is text. */
function parse(query: string): Template {
  const pieces: (string | Hole)[] = [];
  const open: string[] = [];
  let text = '';
  let quote: string | undefined;
  let regex = false;
  let at = 0;
  /** The last characters outside of quotes and comments, without spaces. */
  let before = '';
  const flawed = (flaw: string): Template => ({ pieces: [...pieces, text + query.slice(at)], flaw });
  while (at < query.length) {
    const sign = query[at] ?? '';
    hole.lastIndex = at;
    const name = hole.exec(query)?.[1] as Placeholder | undefined;
    if (name !== undefined) {
      pieces.push(text, { name, quote, regex });
      text = '';
      at += name.length + 2;
      continue;
    }
    let length = 1;
    if (quote !== undefined) {
      if (sign === '\\' && quote !== '`') length = 2;
      else if (sign === quote) [quote, before] = [undefined, sign];
      else if (sign === '\n' && quote !== '`')
        return flawed('has a quoted text that does not end in its line');
    } else if (sign === '#') {
      const end = query.indexOf('\n', at);
      length = (end < 0 ? query.length : end) - at;
    } else if (sign === '"' || sign === "'" || sign === '`') {
      [quote, regex] = [sign, /[=!]~$/.test(before)];
    } else if (sign in closing) {
      open.push(closing[sign] ?? '');
      before = sign;
    } else if (')]}'.includes(sign)) {
      if (open.pop() !== sign) return flawed(`has a ${sign} without its beginning`);
      before = sign;
    } else if (sign.trim() !== '') before = before.slice(-1) + sign;
    text += query.slice(at, at + length);
    at += length;
  }
  if (quote !== undefined) return flawed('has a quoted text that does not end');
  if (open.length > 0) return flawed(`lacks a ${open.at(-1)}`);
  return { pieces: [...pieces, text] };
}

/** A value as it must be written at this place. */
function quoted(value: string, { quote, regex }: Hole): string {
  const plain = regex ? value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&') : value;
  if (quote === undefined) return plain;
  // In a raw text nothing can be escaped; a regular expression can name the character.
  if (quote === '`') return plain.replaceAll('`', regex ? '\\x60' : '\uFFFD');
  return Array.from(plain)
    .map((sign) => (/^[A-Za-z0-9_.:@/+ -]$/.test(sign) ? sign : escaped(sign)))
    .join('');
}

function escaped(sign: string): string {
  const point = sign.codePointAt(0) ?? 0;
  // Half a character is none.
  if (point >= 0xd800 && point <= 0xdfff) return '\\ufffd';
  const hex = point.toString(16);
  return point > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
