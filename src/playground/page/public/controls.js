// @ts-check
/** Buttons and menus of a message. A confirm dialog is asked here, before anything is sent. */
import { html } from 'htm/preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { confirmed } from './confirm.js';
import { Words } from './rich.js';

/**
 * @typedef {import('../shapes.ts').Element} Element
 * @typedef {import('../shapes.ts').Use} Use
 */

/**
 * Controls side by side, and below them what the last press was refused with.
 * @param {{ of: Element[], use: Use }} props
 */
export function Controls({ of, use }) {
  const [wrong, setWrong] = useState(/** @type {string | undefined} */ (undefined));
  const [busy, setBusy] = useState(/** @type {string | undefined} */ (undefined));
  /** @type {Use} */
  const press = async (element, option) => {
    if (busy !== undefined) return undefined;
    setWrong(undefined);
    if (element.confirm && !(await confirmed(element.confirm))) return undefined;
    setBusy(element.action_id);
    const error = await use(element, option);
    setBusy(undefined);
    setWrong(error);
    return error;
  };
  return html`<div class="controls">
      ${of.map((element) => html`<${Control} key=${element.action_id} element=${element} press=${press} busy=${busy === element.action_id} />`)}
    </div>
    ${wrong !== undefined && html`<p class="wrong" role="alert">⚠ ${wrong}</p>`}`;
}

/**
 * @param {{ element: Element, press: Use, busy: boolean }} props
 */
function Control({ element, press, busy }) {
  const { type, text, style, options = [], placeholder, accessibility_label: label } = element;
  if (type === 'overflow') return html`<${Overflow} element=${element} press=${press} busy=${busy} />`;
  if (type === 'static_select')
    return html`<select
      aria-label=${placeholder?.text}
      onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) => void press(element, currentTarget.value)}
    >
      <option value="">${placeholder?.text ?? 'Choose'}</option>
      ${options.map(({ text: each, value }) => html`<option key=${value} value=${value}><${Words} of=${each} /></option>`)}
    </select>`;
  return html`<button
    type="button"
    class=${`button ${style ?? ''}`}
    data-action=${element.action_id}
    aria-label=${label}
    aria-busy=${busy}
    onClick=${() => void press(element)}
  >
    <${Words} of=${text} />
  </button>`;
}

/**
 * The menu behind `⋯`: arrow keys move in it, Esc closes it.
 * @param {{ element: Element, press: Use, busy: boolean }} props
 */
function Overflow({ element, press, busy }) {
  const [open, setOpen] = useState(false);
  const menu = useRef(/** @type {HTMLDivElement | null} */ (null));
  const opener = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  useLayoutEffect(() => {
    if (open) menu.current?.querySelector('button')?.focus();
  }, [open]);
  const move = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape') close();
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key !== 'Escape' && step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...(menu.current?.querySelectorAll('button') ?? [])];
    const at = all.findIndex((each) => each === document.activeElement);
    all.at((at + step) % all.length)?.focus();
  };
  const left = (/** @type {FocusEvent} */ { relatedTarget }) => {
    if (!menu.current?.contains(/** @type {HTMLElement | null} */ (relatedTarget))) setOpen(false);
  };
  return html`<span class="overflow">
    <button
      ref=${opener}
      type="button"
      class="button"
      aria-label="More actions"
      aria-haspopup="menu"
      aria-expanded=${open}
      aria-busy=${busy}
      onClick=${() => setOpen(!open)}
    >⋯</button>
    ${
      open &&
      html`<div ref=${menu} class="menu" role="menu" onKeyDown=${move} onFocusOut=${left}>
        ${(element.options ?? []).map(
          ({ text, value }) => html`<button
            key=${value}
            type="button"
            role="menuitem"
            onClick=${() => {
              close();
              void press(element, value);
            }}
          >
            <${Words} of=${text} />
          </button>`,
        )}
      </div>`
    }
  </span>`;
}
