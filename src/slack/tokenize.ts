/** One word of a command as typed: quoted or bare, with its place in the line. */
export interface Word {
  /** The text without its quotes; otherwise as typed. */
  text: string;
  quoted: boolean;
  start: number;
  end: number;
}

const double = '"“”„‟«»';
const single = "'‘’‚";
const closers = new Map(
  [double, single].flatMap((quotes) => Array.from(quotes, (quote) => [quote, quotes] as const)),
);
const space = /\s/;

/**
 * The text as people typed it, before Slack encoded it: `&amp;`, `&lt;`, `&gt;` and the tokens in angle brackets
 * (`<@U1|ada>`, `<#C1|ops>`, `<!channel>`, `<https://x.io|x.io>`) become plain characters, in one pass, so that nothing
 * in them can mention or link when it is shown.
 */
export function decodeSlack(text: string): string {
  return text.replaceAll(
    /<([@#!][^<>]*|[a-z][a-z+.-]{1,20}:[^<>]*)>|&(amp|lt|gt);/gi,
    (_whole, token: string | undefined, entity: string | undefined) => {
      if (token === undefined) return entity === 'amp' ? '&' : entity === 'lt' ? '<' : '>';
      return tokenText(token).replaceAll(/&(amp|lt|gt);/g, (_entity, name: string) =>
        name === 'amp' ? '&' : name === 'lt' ? '<' : '>',
      );
    },
  );
}

function tokenText(token: string): string {
  const bar = token.indexOf('|');
  const id = bar === -1 ? token : token.slice(0, bar);
  const label = bar === -1 ? '' : token.slice(bar + 1);
  const sigil = id[0];
  if (sigil === '@' || sigil === '#') return label === '' ? id : `${sigil}${label}`;
  if (sigil === '!') return label === '' ? `@${id.slice(1)}` : label;
  return label === '' ? id.replace(/^mailto:/, '') : label;
}

/** Splits a line into words. A quote opens a group only at the start of a word, and closes it only at an end. */
export function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  const unclosed = new Set<string>();
  while (at < line.length) {
    if (space.test(line[at] ?? '')) {
      at += 1;
      continue;
    }
    const start = at;
    const closing = closers.get(line[at] ?? '');
    const close = closing === undefined || unclosed.has(closing) ? -1 : closingQuote(line, at + 1, closing);
    if (close !== -1) {
      at = close + 1;
      if (line[at] === '.') at = line.length;
      words.push({ text: line.slice(start + 1, close), quoted: true, start, end: close + 1 });
      continue;
    }
    if (closing !== undefined) unclosed.add(closing);
    while (at < line.length && !space.test(line[at] ?? '')) at += 1;
    words.push({ text: line.slice(start, at), quoted: false, start, end: at });
  }
  return words;
}

function closingQuote(line: string, from: number, closing: string): number {
  for (let at = from; at < line.length; at += 1) {
    if (!closing.includes(line[at] ?? '')) continue;
    const next = line[at + 1];
    if (next === undefined || space.test(next)) return at;
    if (next === '.' && line.slice(at + 2).trim() === '') return at;
  }
  return -1;
}

/** Dashes of all kinds, for a character class. */
export const dashes = '\\-\\u2010-\\u2015\\u2212\\u2e3a\\u2e3b\\ufe58\\ufe63\\uff0d';
const onlyDashes = new RegExp(`^[${dashes}]+$`, 'u');

/** True for a word of dashes alone. */
export function isDashes(word: string): boolean {
  return onlyDashes.test(word);
}

const typographicHyphen = /(?<=[A-Za-z0-9])[\u2010-\u2012\u2212\ufe63](?=[A-Za-z0-9])/g;

/** Full-width characters as ASCII, and typographic hyphens inside a word as hyphens. */
function keyed(word: string): string {
  if (/^[ -~]*$/.test(word)) return word;
  return word
    .replaceAll(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll(typographicHyphen, '-');
}

const marks = '*_~`';
const around = `${marks}${double}${single}`;
const behind = `${around}.,:;!?…`;

/** A name as meant: without formatting and quotes around it, and without punctuation after it. */
export function bare(word: string): string {
  const text = keyed(word);
  let [start, end] = [0, text.length];
  while (start < end && around.includes(text[start] ?? '')) start += 1;
  while (end > start && behind.includes(text[end - 1] ?? '')) end -= 1;
  return text.slice(start, end);
}

/**
 * A version as meant. Less is removed than from a name, so that it never becomes another version: formatting and quotes
 * only in pairs (`~1.2` and `1.2.*` are ranges), and no dots that mark an ellipsis.
 */
export function bareVersion(word: string): string {
  let text = keyed(word);
  for (;;) {
    const [, inner = text, stop = ''] = /^([^]*?)([.,!?]{0,8})$/.exec(text) ?? [];
    const before = text;
    if (!stop.includes('..')) text = inner.replace(/^`+/, '').replace(/`{1,8}$/, '');
    const [first = '', last = ''] = [text[0], text.at(-1)];
    const isPair = marks.includes(first) ? first === last : closers.get(first)?.includes(last) === true;
    if (text.length > 2 && first !== '' && isPair) text = text.slice(1, -1);
    if (text === before) return text;
  }
}

/** The words of a line that is formatted as a whole: `*promote checkout*`. */
export function unformatted(line: string): string {
  const text = line.trim();
  const [mark = ''] = text;
  const whole =
    text.length > 2 && marks.includes(mark) && text.endsWith(mark) && text.split(mark).length === 3;
  return whole ? text.slice(1, -1) : line;
}

/** At most 64 characters of a text, so that an answer never repeats a whole pasted page. */
export function shorten(text: string): string {
  const characters = Array.from(text.slice(0, 200));
  return characters.length > 64 || text.length > 200 ? `${characters.slice(0, 63).join('')}…` : text;
}
