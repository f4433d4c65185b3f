// @ts-check
/** Draws text objects: mrkdwn formatted, plain text literally. */
import { html } from 'htm/preact';
import { dateText } from './dates.js';
import { emoji } from './emoji.js';
import { useMe, useNames } from './me.js';
import { parse } from './mrkdwn.js';

/**
 * A text object of Block Kit; only mrkdwn is parsed.
 * @param {{ of: import('../shapes.ts').Text | string | undefined }} props
 */
export function Words({ of }) {
  if (of === undefined || typeof of === 'string') return of ?? null;
  const { type, text = '', verbatim = false, emoji: named = true } = of;
  if (type === 'mrkdwn') return html`<${Mrkdwn} text=${text} verbatim=${verbatim} />`;
  return named ? text.replaceAll(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole) : text;
}

/**
 * @param {{ text: string, verbatim?: boolean }} props
 */
export function Mrkdwn({ text, verbatim = false }) {
  return html`<${Nodes} of=${parse(text, { verbatim })} />`;
}

/**
 * @param {{ of: import('./mrkdwn.js').Node[] }} props
 */
function Nodes({ of }) {
  return of.map((node, at) => html`<${One} key=${at} node=${node} />`);
}

/**
 * @param {{ node: import('./mrkdwn.js').Node }} props
 */
function One({ node }) {
  const names = useNames();
  const me = useMe();
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'break':
      return html`<br />`;
    case 'bold':
      return html`<strong><${Nodes} of=${node.inner} /></strong>`;
    case 'italic':
      return html`<em><${Nodes} of=${node.inner} /></em>`;
    case 'strike':
      return html`<s><${Nodes} of=${node.inner} /></s>`;
    case 'quote':
      return html`<blockquote><${Nodes} of=${node.inner} /></blockquote>`;
    case 'code':
      return html`<code>${node.text}</code>`;
    case 'pre':
      return html`<pre>${node.text}</pre>`;
    case 'link':
      return html`<a href=${node.url} target="_blank" rel="noopener noreferrer"><${Nodes} of=${node.inner} /></a>`;
    case 'user': {
      const mine = node.id === me.id;
      return html`<span class=${mine ? 'mention mine' : 'mention'}>@${names.user(node.id)}</span>`;
    }
    case 'group':
      return html`<span class="mention">@${names.group(node.id)}</span>`;
    case 'channel':
      return html`<span class="mention">#${names.channel(node.id)}</span>`;
    case 'broadcast':
      return html`<span class="mention mine">@${node.id}</span>`;
    case 'date': {
      const text = dateText(node.at, node.format);
      const shown = html`<time datetime=${new Date(node.at).toISOString()} title=${node.fallback}>${text}</time>`;
      return node.url === undefined
        ? shown
        : html`<a href=${node.url} target="_blank" rel="noopener noreferrer">${shown}</a>`;
    }
    default:
      return /** @satisfies {never} */ (node);
  }
}
