/**
 * Renders lines as Slack reads them. Text from outside is data: it cannot mention, link, format or start a new line.
 * Only the typed parts of a `Line` become markup.
 */
import type { Line, Part } from '../../release/line.ts';
import { oneLine } from '../../text/one-line.ts';

/** Characters of a section's text (3,000), less room for the text around a line. */
const MOST = 2_900;
const ELLIPSIS = '…';

/** Look-alikes that Slack does not read as formatting. (A zero-width joiner next to the real one would start it.) */
const LOOK_ALIKE: Readonly<Record<string, string>> = {
  '*': '\u2217',
  _: '\u02cd',
  '~': '\u223c',
  '`': '\u02cb',
};
const ENTITY: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Formatting characters at the edge of a word start or end formatting; inside a word they are letters to Slack. */
function unformatted(text: string): string {
  if (!/[*_~`:]/.test(text)) return text;
  return text
    .replace(/(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])|`/gu, (mark) => LOOK_ALIKE[mark] ?? mark)
    .replace(/:(?=(?!(?!100:|1234:)\d+:)[\p{L}\p{N}_+'\u02cd-]+:)/gu, '\ua789');
}

/** Escapes by Slack's three entities and cuts to `most` characters, never inside a code point or an entity. */
function escaped(text: string, most: number): string {
  if (text.length <= most && !/[&<>]/.test(text)) return text;
  const pieces = Array.from(text, (char) => ENTITY[char] ?? char);
  const whole = pieces.join('');
  if (whole.length <= most) return whole;
  let cut = '';
  for (const piece of pieces) {
    if (cut.length + piece.length + ELLIPSIS.length > most) break;
    cut += piece;
  }
  return most < ELLIPSIS.length ? '' : cut + ELLIPSIS;
}

/** Untrusted text inside a sentence, at most `most` characters as Slack counts them. */
export function literal(text: string, most: number = MOST): string {
  return escaped(unformatted(oneLine(text)), most);
}

/** Untrusted text for `plain_text` objects with `emoji: false` (buttons, headers), where nothing is escaped or read. */
export function label(text: string, most: number): string {
  const chars = Array.from(oneLine(text));
  if (chars.join('').length <= most) return chars.join('');
  let cut = '';
  for (const char of chars) {
    if (cut.length + char.length + ELLIPSIS.length > most) break;
    cut += char;
  }
  return cut + ELLIPSIS;
}

/** A code span that its content cannot leave; empty content gives nothing. */
export function code(text: string, most: number = MOST): string {
  const inner = escaped(oneLine(text).replaceAll('`', '\u02cb').trim(), most - 2);
  return inner === '' ? '' : `\`${inner}\``;
}

/** Bold text; the formatting characters in it are look-alikes. */
export function bold(text: string, most: number = MOST): string {
  const inner = escaped(unformatted(oneLine(text)).replaceAll('*', '\u2217').trim(), most - 2);
  return inner === '' ? '' : `*${inner}*`;
}

/** `http` and `https` only, without credentials, as Slack wants it between `<` and `|`; undefined for all else. */
export function safeUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  const href = url.href.replace(/[|<>`\s]/g, (char) => encodeURIComponent(char));
  return href.length > 2_000 ? undefined : href;
}

function link(url: string, name: string): string {
  const href = safeUrl(url);
  return href === undefined ? literal(name) : `<${href.replaceAll('&', '&amp;')}|${literal(name, 300)}>`;
}

type Shown = Extract<Part, { at: number }>['show'];

/** An instant in UTC, to the minute or the second, for readers without Slack's date markup. */
export function utc(at: number, show?: Shown): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime()) || at < 0) return 'an unknown time';
  const text = date.toISOString().slice(0, show === 'seconds' || show === 'clock' ? 19 : 16);
  return `${show === 'time' || show === 'clock' ? text.slice(11) : text.replace('T', ' ')} UTC`;
}

const formats = {
  minutes: '{date_short_pretty} {time}',
  time: '{time}',
  clock: '{time_secs}',
  seconds: '{date_short_pretty} {time_secs}',
} as const;

/** An instant in the reader's own time zone, by Slack's date markup. */
export function instant(at: number, show?: Shown): string {
  const text = utc(at, show);
  return text.endsWith('UTC')
    ? `<!date^${Math.floor(at / 1000)}^${formats[show ?? 'minutes']}|${text}>`
    : text;
}

/** Mentions a user when this is the id of one; otherwise shows the id as text. */
export function mentionUser(id: string): string {
  return /^[UW][A-Z0-9]+$/.test(id) ? `<@${id}>` : literal(`@${id}`, 100);
}

function mentionGroup(id: string): string {
  return /^S[A-Z0-9]+$/.test(id) ? `<!subteam^${id}>` : literal(`@${id}`, 100);
}

/** Text that a person types in Slack. */
function typed({ code: words, run }: Extract<Part, { code: string }>): string {
  return run ? `/release ${words}` : words;
}

function rich(part: Part): string {
  if (typeof part === 'string') return literal(part);
  if ('user' in part) return mentionUser(part.user);
  if ('group' in part) return mentionGroup(part.group);
  if ('at' in part) return instant(part.at, part.show);
  if ('code' in part) return code(typed(part), 600);
  if ('bold' in part) return bold(part.bold, 600);
  return link(part.url, part.label);
}

function bare(part: Part): string {
  if (typeof part === 'string') return literal(part);
  if ('user' in part) return mentionUser(part.user);
  if ('group' in part) return mentionGroup(part.group);
  if ('at' in part) return utc(part.at, part.show);
  if ('code' in part) return literal(typed(part), 600);
  if ('bold' in part) return literal(part.bold, 600);
  return literal(part.label, 300);
}

/** A name of an emoji, or the part of one, at the end and at the start of a text. */
const OPENED = /:([\p{L}\p{N}_+'\u02cd-]*)$/u;
const CLOSED = /^([\p{L}\p{N}_+'\u02cd-]*):/u;

/** Separates the piece from the text before it, so that the two do not form an emoji code together. */
function apart(before: string, piece: string): string {
  const closed = CLOSED.exec(piece);
  const opened = closed && OPENED.exec(before);
  if (!closed || !opened) return piece;
  const name = `${opened[1] ?? ''}${closed[1] ?? ''}`;
  return name === '' || /^(?!(?:100|1234)$)\d+$/.test(name) ? piece : piece.replace(':', '\ua789');
}

/** Joins parts up to `most` characters: text is cut, markup is left out whole. */
function joined(parts: Line, render: (part: Part) => string, most: number): string {
  let out = '';
  for (const part of parts) {
    const piece = apart(out, render(part));
    const room = most - out.length - ELLIPSIS.length;
    if (piece.length <= room) {
      out += piece;
      continue;
    }
    const cut = typeof part === 'string' ? apart(out, literal(part, room + ELLIPSIS.length)) : ELLIPSIS;
    return `${out}${cut}`.slice(0, most);
  }
  // Slack reads this entity as a quotation at the start of a line.
  return out.replace(/^\s*&gt;/, '\u203a');
}

/** The line as mrkdwn for blocks, at most `most` characters. */
export function mrkdwn(parts: Line, most: number = MOST): string {
  return joined(parts, rich, most);
}

/**
 * The line as `text` next to blocks, for a lock screen. Mentions stay mentions, since only `text` reaches a phone;
 * instants are in UTC, links are their labels, and nothing is formatted.
 */
export function plainText(parts: Line, most: number = MOST): string {
  return joined(parts, bare, most);
}
