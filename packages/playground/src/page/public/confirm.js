// @ts-check
/** The dialog before a press is sent. */
import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { Dialog } from './dialog.js';
import { Words } from './rich.js';

/**
 * @typedef {import('../shapes.ts').Asking} Asking
 * @typedef {{ asking: Asking, answer: (yes: boolean) => void }} Question
 */

/** @type {((question: Question) => void) | undefined} */
let pose;

/**
 * Asks the person, and resolves to the answer. Esc means no.
 * @param {Asking} asking
 * @returns {Promise<boolean>}
 */
export function confirmed(asking) {
  return new Promise((resolve) => (pose ? pose({ asking, answer: resolve }) : resolve(false)));
}

/** The dialog's element; one on the page. */
export function Confirm() {
  const [question, setQuestion] = useState(/** @type {Question | undefined} */ (undefined));
  useEffect(() => {
    pose = setQuestion;
    return () => {
      pose = undefined;
    };
  }, []);
  if (!question) return null;
  const { title, text, confirm, deny, style } = question.asking;
  const answer = (/** @type {boolean} */ yes) => {
    setQuestion(undefined);
    question.answer(yes);
  };
  return html`<${Dialog} kind="confirm" title=${title?.text ?? ''} onClose=${() => answer(false)}>
    <p class="body"><${Words} of=${text} /></p>
    <footer>
      <button type="button" class="button" data-first onClick=${() => answer(false)}><${Words} of=${deny} /></button>
      <button type="button" class=${`button ${style ?? 'primary'}`} onClick=${() => answer(true)}>
        <${Words} of=${confirm} />
      </button>
    </footer>
  <//>`;
}
