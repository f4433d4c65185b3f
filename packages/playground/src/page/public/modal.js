// @ts-check
/** The modal that the bot opened for this person. */
import { html } from 'htm/preact';
import { useRef, useState } from 'preact/hooks';
import { Blocks, valuesOf } from './blocks.js';
import { ask, useKnown } from './connect.js';
import { Dialog } from './dialog.js';
import { useMe } from './me.js';

export function Modal() {
  const me = useMe();
  const view = useKnown('views')?.findLast(({ user }) => user === me.id);
  return view ? html`<${Open} key=${view.id} view=${view} />` : null;
}

/**
 * @param {{ view: import('../api.ts').PageView }} props
 */
function Open({ view }) {
  const me = useMe();
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [wrong, setWrong] = useState(/** @type {string | undefined} */ (undefined));
  const [busy, setBusy] = useState(false);
  const close = () => void ask('close', { person: me.id, view: view.id });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!form.current || busy) return;
    setBusy(true);
    setWrong(await ask('submit', { person: me.id, view: view.id, values: valuesOf(form.current) }));
    setBusy(false);
  };
  return html`<${Dialog} kind="modal" title=${view.title} onClose=${close}>
    <form ref=${form} onSubmit=${submit} noValidate>
      <div class="body">
        <${Blocks} of=${view.blocks} errors=${view.errors} use=${() => Promise.resolve('Buttons in modals do nothing here.')} />
        ${wrong !== undefined && html`<p class="wrong" role="alert">⚠ ${wrong}</p>`}
      </div>
      <footer>
        <button type="button" class="button" onClick=${close}>${view.close}</button>
        ${view.submit !== null && html`<button type="submit" class="button primary" aria-busy=${busy}>${view.submit}</button>`}
      </footer>
    </form>
  <//>`;
}
