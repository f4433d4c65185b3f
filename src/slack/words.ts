/** One word of a command as typed: quoted or bare, with its place in the line. */
export interface Word {
  /** Without its quotes; otherwise as typed. */
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
 * What people typed, of what Slack made of it: `&amp;`, `&lt;`, `&gt;` and the tokens in angle brackets
 * (`<@U1|ada>`, `<#C1|ops>`, `<!channel>`, `<https://x.io|x.io>`) become plain characters, once and not again, so that nothing
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

/** Splits a line into words. A quote opens a group at the start of a word, and only when it is closed at the end of one. */
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

/** A name as meant: without surrounding back-ticks and without full stops at its end. */
export function bare(word: string): string {
  return word.replace(/^`+/, '').replace(/[`.]{1,64}$/, '');
}

/** `--name` or `--name=value` of a word that is an option (`—` and `–` count as `--`); undefined for other words. */
export function optionOf(word: Word): { name: string; value: string | undefined } | undefined {
  if (word.quoted) return undefined;
  const [, name, value] = /^(?:--|[—–]-?)([A-Za-z][A-Za-z-]*)(?:=(.*))?\.*$/su.exec(word.text) ?? [];
  return name === undefined ? undefined : { name: name.toLowerCase(), value };
}
