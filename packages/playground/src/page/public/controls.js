// @ts-check
/** Buttons, links and menus of a message. Confirm dialogs open here, before anything is sent. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { confirmed } from './confirm.js';
import { Menu } from './menu.js';
import { safeLink } from './mrkdwn.js';
import { Words } from './rich.js';

/**
 * @typedef {import('../shapes.ts').Element} Element
 * @typedef {import('../shapes.ts').Use} Use
 */

/**
 * Controls in a row, with the refusal of the last press below them.
 * @param {{ of: Element[], use: Use }} props
 */
export function Controls({ of, use }) {
  const [wrong, setWrong] = useState(/** @type {string | undefined} */ (undefined));
  const [busy, setBusy] = useState(/** @type {readonly (string | undefined)[]} */ ([]));
  /** @type {Use} */
  const press = async (element, option) => {
    const id = element.action_id;
    // A repeated press does nothing; another press counts, even while the first has no answer yet.
    if (busy.includes(id)) return undefined;
    setWrong(undefined);
    if (element.confirm && !(await confirmed(element.confirm))) return undefined;
    setBusy((all) => [...all, id]);
    const error = await use(element, option);
    setBusy((all) => all.filter((each) => each !== id));
    setWrong(error);
    return error;
  };
  return html`<div class="controls">
      ${of.map((element) => html`<${Control} key=${element.action_id} element=${element} press=${press} busy=${busy.includes(element.action_id)} />`)}
    </div>
    ${wrong !== undefined && html`<p class="wrong" role="alert">⚠ ${wrong}</p>`}`;
}

/**
 * @param {{ element: Element, press: Use, busy: boolean }} props
 */
function Control({ element, press, busy }) {
  const { type, text, style, url, placeholder, accessibility_label: label } = element;
  const shared = { element, press, busy };
  if (type === 'overflow') return html`<${Menu} ...${shared} name="More actions">⋯<//>`;
  if (type === 'static_select')
    return html`<${Menu} ...${shared}><${Words} of=${placeholder ?? 'Choose'} /><span aria-hidden="true"> ▾</span><//>`;
  const given = {
    class: `button ${style ?? ''}`,
    'data-action': element.action_id,
    'aria-label': label,
    'aria-busy': busy,
    // Slack reports a press on a link, too.
    onClick: () => void press(element),
  };
  const href = url === undefined ? undefined : safeLink(url);
  return href === undefined
    ? html`<button type="button" ...${given}><${Words} of=${text} /></button>`
    : html`<a href=${href} target="_blank" rel="noopener noreferrer" ...${given}><${Words} of=${text} /><span aria-hidden="true"> ↗</span></a>`;
}
