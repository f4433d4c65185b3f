// @ts-check
/** A menu of a message: `⋯`, or a select with its placeholder. */
import { html } from 'htm/preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Words } from './rich.js';

/**
 * The button that opens it, and its options: arrow keys move in it, Enter chooses, Esc closes it. A select too, since the
 * browser's own takes the first press of an arrow key for a choice, which a message sends at once.
 * @param {{
 *   element: import('../shapes.ts').Element,
 *   press: import('../shapes.ts').Use,
 *   busy: boolean,
 *   name?: string,
 *   children?: unknown,
 * }} props `children`: the button's content; `name`: its accessible name, where that is not enough
 */
export function Menu({ element, press, busy, name, children }) {
  const [open, setOpen] = useState(false);
  const menu = useRef(/** @type {HTMLDivElement | null} */ (null));
  const whole = useRef(/** @type {HTMLSpanElement | null} */ (null));
  const opener = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  useLayoutEffect(() => {
    if (!open) return;
    menu.current?.scrollIntoView({ block: 'nearest' });
    menu.current?.querySelector('button')?.focus();
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
    if (!whole.current?.contains(/** @type {HTMLElement | null} */ (relatedTarget))) setOpen(false);
  };
  return html`<span ref=${whole} class="overflow" onFocusOut=${left}>
    <button
      ref=${opener}
      type="button"
      class="button"
      data-action=${element.action_id}
      aria-label=${name}
      aria-haspopup="menu"
      aria-expanded=${open}
      aria-busy=${busy}
      onClick=${() => setOpen(!open)}
    >${children}</button>
    ${
      open &&
      html`<div ref=${menu} class="menu" role="menu" onKeyDown=${move}>
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
