import type { JsonObject } from './json.ts';
import { isObject, objectAt, textAt } from './json.ts';

/** Escapes the three characters of Slack's markup. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The opposite of `escapeText`. The ampersand comes last, so that `&amp;lt;` stays `&lt;`. */
export function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** A mention that Slack would notify. `id` of a broadcast is `here`, `channel` or `everyone`. */
export interface Mention {
  kind: 'user' | 'group' | 'broadcast';
  id: string;
  /** `text` appears on phones and in notifications; `blocks` in the message. */
  where: 'text' | 'blocks';
}

/** A web address that a reader could follow; Slack itself turns `bare` ones into links. */
export interface Link {
  url: string;
  bare: boolean;
}

/** A piece of mrkdwn: plain characters (still escaped), or the content between `<` and `>`. */
export type Piece = { plain: string } | { markup: string; label: string | undefined };

/** Cuts mrkdwn into plain text and markup. Escaped brackets are plain text. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(/<([^<>\n]+)>/g)) {
    if (match.index > at) found.push({ plain: text.slice(at, match.index) });
    const [markup = '', ...label] = (match[1] ?? '').split('|');
    found.push({ markup, label: label.length > 0 ? label.join('|') : undefined });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ plain: text.slice(at) });
  return found;
}

function mentionIn(markup: string): Omit<Mention, 'where'> | undefined {
  const user = /^@([UW][A-Z0-9]+)$/.exec(markup)?.[1];
  if (user) return { kind: 'user', id: user };
  const group = /^!subteam\^(S[A-Z0-9]+)$/.exec(markup)?.[1];
  if (group) return { kind: 'group', id: group };
  const broadcast = /^!(here|channel|everyone)$/.exec(markup)?.[1];
  return broadcast ? { kind: 'broadcast', id: broadcast } : undefined;
}

/** Every mrkdwn text of the blocks, in reading order; without confirm dialogs and plain_text. */
function mrkdwnOf(value: unknown, found: JsonObject[] = []): JsonObject[] {
  if (Array.isArray(value)) for (const item of value) mrkdwnOf(item, found);
  if (!isObject(value)) return found;
  const type = textAt(value, 'type');
  if (type === 'mrkdwn' || type === 'markdown' || isRichMention(value) || type === 'link') found.push(value);
  for (const [key, inner] of Object.entries(value)) if (key !== 'confirm') mrkdwnOf(inner, found);
  return found;
}

function isRichMention(value: JsonObject): boolean {
  const type = textAt(value, 'type');
  return (
    (type === 'user' && 'user_id' in value) ||
    (type === 'usergroup' && 'usergroup_id' in value) ||
    (type === 'broadcast' && 'range' in value)
  );
}

function richMention(value: JsonObject): Omit<Mention, 'where'> {
  const user = textAt(value, 'user_id');
  if (user) return { kind: 'user', id: user };
  const group = textAt(value, 'usergroup_id');
  return group ? { kind: 'group', id: group } : { kind: 'broadcast', id: textAt(value, 'range') ?? '' };
}

function mentionsInText(text: string, where: Mention['where']): Mention[] {
  return pieces(text).flatMap((piece) => {
    const found = 'markup' in piece ? mentionIn(piece.markup) : undefined;
    return found ? [{ ...found, where }] : [];
  });
}

/** The parts of a message that can contain mentions and links. */
export interface Wording {
  text: string;
  blocks?: JsonObject[];
}

/** The real mentions of a message, in reading order. Escaped text, plain_text and headers mention nobody. */
export function mentionsOf(message: Wording): Mention[] {
  const inBlocks = mrkdwnOf(message.blocks ?? []).flatMap((part): Mention[] =>
    isRichMention(part)
      ? [{ ...richMention(part), where: 'blocks' }]
      : mentionsInText(textAt(part, 'text') ?? '', 'blocks'),
  );
  return [...mentionsInText(message.text, 'text'), ...inBlocks];
}

/** The addresses that a reader of the message could follow, buttons with a `url` not included. */
export function linksOf(message: Wording): Link[] {
  const parts = mrkdwnOf(message.blocks ?? []).filter((part) => !isRichMention(part));
  const texts = [
    { text: message.text, verbatim: message.blocks !== undefined },
    ...parts.map((part) => ({ text: textAt(part, 'text') ?? '', verbatim: part['verbatim'] === true })),
  ];
  const rich = parts.flatMap((part) =>
    part['type'] === 'link' ? [{ url: textAt(part, 'url') ?? '', bare: false }] : [],
  );
  return [...rich, ...texts.flatMap(({ text, verbatim }) => linksInText(text, verbatim))];
}

function linksInText(text: string, verbatim: boolean): Link[] {
  return pieces(text).flatMap((piece): Link[] => {
    if ('markup' in piece)
      return /^(https?|mailto|tel):/.test(piece.markup) ? [{ url: piece.markup, bare: false }] : [];
    return verbatim
      ? []
      : [...piece.plain.matchAll(/\bhttps?:\/\/[^\s|]+/g)].map(([url]) => ({ url, bare: true }));
  });
}

/** The text of a text object; undefined without one. */
export function wordsOf(from: JsonObject, key: string): string | undefined {
  const object = objectAt(from, key);
  return object && textAt(object, 'text');
}
