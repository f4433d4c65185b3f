// @ts-check
/**
 * Slack's mrkdwn as a tree. Text is data here: only what Slack itself reads as markup becomes a node, and a node holds
 * text, never HTML.
 */
import { emoji } from './emoji.js';

/**
 * @typedef {{ kind: 'text', text: string }
 *   | { kind: 'break' }
 *   | { kind: 'bold' | 'italic' | 'strike' | 'quote', inner: Node[] }
 *   | { kind: 'code' | 'pre', text: string }
 *   | { kind: 'link', url: string, inner: Node[] }
 *   | { kind: 'user' | 'group' | 'channel' | 'broadcast', id: string, label?: string }
 *   | { kind: 'date', at: number, format: string, url?: string, fallback: string }} Node
 */

const entities = /** @type {Record<string, string>} */ ({ '&amp;': '&', '&lt;': '<', '&gt;': '>' });

/**
 * Slack's three entities as characters, once: `&amp;lt;` stays `&lt;`.
 * @param {string} text
 */
export function unescapeText(text) {
  return text.replaceAll(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity);
}

/**
 * An address that a reader may follow: http, https and mailto only.
 * @param {string} text
 * @returns {string | undefined}
 */
export function safeLink(text) {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return ['http:', 'https:', 'mailto:'].includes(protocol) ? href : undefined;
}

/**
 * Reads mrkdwn. `verbatim`: bare addresses stay text, as Slack does when the text object asks for it.
 * @param {string} text
 * @param {{ verbatim?: boolean }} [how]
 * @returns {Node[]}
 */
export function parse(text, { verbatim = false } = {}) {
  /** @type {Node[]} */
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(/```([\s\S]+?)```/g)) {
    nodes.push(...lines(text.slice(at, match.index).replace(/\n$/, ''), verbatim));
    nodes.push({ kind: 'pre', text: unescapeText((match[1] ?? '').replace(/^\n|\n$/g, '')) });
    at = match.index + match[0].length;
    if (text[at] === '\n') at += 1;
  }
  return [...nodes, ...lines(text.slice(at), verbatim)];
}

/**
 * Splits text into lines; those that begin with `&gt;` are quotations.
 * @param {string} text
 * @param {boolean} verbatim
 * @returns {Node[]}
 */
function lines(text, verbatim) {
  if (text === '') return [];
  /** @type {Node[]} */
  const nodes = [];
  for (const line of text.split('\n')) {
    const quoted = /^&gt; ?(.*)$/.exec(line);
    const last = nodes.at(-1);
    if (quoted) {
      const inner = spans(quoted[1] ?? '', verbatim);
      if (last?.kind === 'quote') last.inner.push({ kind: 'break' }, ...inner);
      else nodes.push({ kind: 'quote', inner });
      continue;
    }
    if (last !== undefined && last.kind !== 'quote') nodes.push({ kind: 'break' });
    nodes.push(...spans(line, verbatim));
    if (line === '') nodes.push({ kind: 'text', text: '' });
  }
  return nodes;
}

const styles = /** @type {const} */ ({ '*': 'bold', _: 'italic', '~': 'strike' });
const before = '(?<![\\p{L}\\p{N}])';
const after = '(?![\\p{L}\\p{N}])';
/** The parts of a line: code, `<markup>`, styled text, `:emoji:`, a bare address. The first to begin wins. */
const span = new RegExp(
  [
    '`(?<code>[^`\\n]+)`',
    '<(?<markup>[^<>\\n]+)>',
    `${before}(?<mark>[*_~])(?=\\S)(?<inner>(?:(?!\\k<mark>).)+)(?<=\\S)\\k<mark>${after}`,
    `${before}:(?<emoji>[a-z0-9_+-]+):`,
    '(?<url>\\bhttps?://[^\\s<>|]+)',
  ].join('|'),
  'gu',
);

/**
 * @param {string} line
 * @param {boolean} verbatim
 * @returns {Node[]}
 */
function spans(line, verbatim) {
  /** @type {Node[]} */
  const nodes = [];
  let at = 0;
  const plain = (/** @type {string} */ text) => {
    if (text !== '') nodes.push({ kind: 'text', text: unescapeText(text) });
  };
  for (const match of line.matchAll(span)) {
    plain(line.slice(at, match.index));
    nodes.push(...nodesOf(match[0], match.groups ?? {}, verbatim));
    at = match.index + match[0].length;
  }
  plain(line.slice(at));
  return nodes;
}

/**
 * @param {string} whole
 * @param {Record<string, string | undefined>} found
 * @param {boolean} verbatim
 * @returns {Node[]}
 */
function nodesOf(whole, { code, markup, mark, inner, emoji: name, url }, verbatim) {
  if (code !== undefined) return [{ kind: 'code', text: unescapeText(code) }];
  if (markup !== undefined) return [markupOf(markup)];
  if (mark === '*' || mark === '_' || mark === '~')
    return [{ kind: styles[mark], inner: spans(inner ?? '', verbatim) }];
  if (name !== undefined) return [{ kind: 'text', text: emoji(name) ?? whole }];
  const safe = url === undefined || verbatim ? undefined : safeLink(unescapeText(url));
  const text = /** @type {Node} */ ({ kind: 'text', text: unescapeText(whole) });
  return [safe === undefined ? text : { kind: 'link', url: safe, inner: [text] }];
}

/**
 * Reads the markup between `<` and `>`.
 * @param {string} markup
 * @returns {Node}
 */
function markupOf(markup) {
  const bar = markup.indexOf('|');
  const head = bar < 0 ? markup : markup.slice(0, bar);
  const label = bar < 0 ? undefined : unescapeText(markup.slice(bar + 1));
  const named = label === undefined ? {} : { label };
  const [, user] = /^@([UW][A-Z0-9]+)$/.exec(head) ?? [];
  if (user) return { kind: 'user', id: user, ...named };
  const [, channel] = /^#([CDG][A-Z0-9]+)$/.exec(head) ?? [];
  if (channel) return { kind: 'channel', id: channel, ...named };
  const [, group] = /^!subteam\^(S[A-Z0-9]+)$/.exec(head) ?? [];
  if (group) return { kind: 'group', id: group, ...named };
  const [, broadcast] = /^!(here|channel|everyone)$/.exec(head) ?? [];
  if (broadcast) return { kind: 'broadcast', id: broadcast };
  const [, seconds, format = '', link] = /^!date\^(\d{1,11})\^([^^]+)(?:\^(.+))?$/.exec(head) ?? [];
  if (seconds) {
    const url = link === undefined ? undefined : safeLink(unescapeText(link));
    const where = url === undefined ? {} : { url };
    return { kind: 'date', at: Number(seconds) * 1000, format, fallback: label ?? '', ...where };
  }
  const url = safeLink(unescapeText(head));
  const shown = /** @type {Node} */ ({ kind: 'text', text: label ?? unescapeText(head) });
  return url === undefined ? shown : { kind: 'link', url, inner: [shown] };
}
