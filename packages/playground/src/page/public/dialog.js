// @ts-check
/** A dialog over the page: the browser's own, which keeps the focus inside, handles Esc and returns the focus. */
import { html } from 'htm/preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const focusable = 'a[href], button:not([disabled]), input, select, textarea';

/**
 * @param {{ title: string, onClose: () => void, children?: unknown, kind: 'confirm' | 'modal' }} props
 *   `onClose`: Esc, or the cross
 */
export function Dialog({ title, onClose, children, kind }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const own = dialog.current;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    own?.showModal();
    /** @type {HTMLElement | null | undefined} */ (own?.querySelector('[data-first]'))?.focus();
    return () => {
      own?.close();
      before?.focus();
    };
  }, []);
  // Without this, Tab would leave for the browser's own bars between the last and the first.
  const keepInside = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Tab') return;
    const all = /** @type {HTMLElement[]} */ ([...(dialog.current?.querySelectorAll(focusable) ?? [])]);
    const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
    if (document.activeElement !== from) return;
    event.preventDefault();
    to?.focus();
  };
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${dialog} class=${kind} aria-labelledby=${`${kind}-title`} onCancel=${cancel} onKeyDown=${keepInside}>
    <header>
      <h2 id=${`${kind}-title`}>${title}</h2>
      <button type="button" class="quiet" aria-label="Close" onClick=${onClose}>✕</button>
    </header>
    ${children}
  </dialog>`;
}
