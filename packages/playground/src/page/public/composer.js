// @ts-check
/** The input line, with the commands that fit. */
import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, useKnown } from './connect.js';
import { completed, hintsFor } from './hints.js';
import { useMe } from './me.js';

/** The texts sent from this page, newest last. @type {string[]} */
const sent = [];
/** Most characters of a message in Slack. */
const mostCharacters = 4_000;

/**
 * @param {{ channel: string, thread?: string, place: string, onSend: () => void }} props `onSend`: called at each send
 */
export function Composer({ channel, thread, place, onSend }) {
  const me = useMe();
  const workspace = useKnown('workspace');
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(/** @type {string | undefined} */ (undefined));
  const [closed, setClosed] = useState(false);
  const [chosen, setChosen] = useState(-1);
  /** The position in the sent texts, from the newest; 0: none. */
  const [back, setBack] = useState(0);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const id = thread === undefined ? 'composer' : 'thread-composer';

  const hints = thread !== undefined || closed || back > 0 ? [] : hintsFor(workspace?.commands ?? [], text);

  // An error of a dead bot goes once the bot runs.
  const running = useKnown('levers')?.bot === 'running';
  useEffect(() => setWrong(undefined), [running]);

  const type = (/** @type {string} */ next) => {
    setText(next);
    setWrong(undefined);
    setClosed(false);
    setChosen(-1);
    setBack(0);
  };
  const complete = (/** @type {number} */ at) => {
    const hint = hints[at];
    if (hint) type(completed(hint, text, workspace?.service ?? ''));
    field.current?.focus();
  };
  const recall = (/** @type {number} */ step) => {
    const next = Math.min(Math.max(back + step, 0), sent.length);
    setBack(next);
    setText(next === 0 ? '' : (sent.at(-next) ?? ''));
  };
  const send = async () => {
    const said = text.trim();
    if (said === '') return;
    if (thread !== undefined && said.startsWith('/'))
      return setWrong(
        `Slack allows no slash commands in threads. Write @${workspace?.bot.name} and the same words.`,
      );
    if (said.length > mostCharacters)
      return setWrong(
        `At most ${mostCharacters.toLocaleString('en')} characters; these are ${said.length.toLocaleString('en')}.`,
      );
    if (sent.at(-1) !== said) sent.push(said);
    type('');
    onSend();
    const where = thread === undefined ? {} : { thread };
    const refused = await ask('say', { person: me.id, channel, text: said, ...where });
    setWrong(refused);
    // A rejected text comes back for correction, unless the next one is typed already.
    if (refused !== undefined) setText((now) => (now === '' ? said : now));
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const done = () => event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && (text === '' || back > 0)) return done(), recall(-step);
    if (step !== 0 && hints.length > 0)
      return done(), setChosen((chosen + step + hints.length) % hints.length);
    if (event.key === 'Escape' && hints.length > 0) return done(), setClosed(true);
    if (event.key === 'Tab' && !event.shiftKey && canComplete()) return done(), complete(Math.max(chosen, 0));
    if (event.key === 'Enter' && !event.isComposing) {
      done();
      if (chosen >= 0) complete(chosen);
      else void send();
    }
  };
  const canComplete = () => {
    const hint = hints[Math.max(chosen, 0)];
    return hint !== undefined && completed(hint, text, workspace?.service ?? '') !== text;
  };

  return html`<div class="composer">
    ${hints.length > 0 && html`<${Hints} id=${id} hints=${hints} chosen=${chosen} onChoose=${complete} />`}
    <div class="line">
      <input
        ref=${field}
        id=${id}
        type="text"
        role="combobox"
        aria-label=${`Write in ${place} as ${me.name}`}
        aria-expanded=${hints.length > 0}
        aria-controls=${`${id}-hints`}
        aria-autocomplete="list"
        aria-activedescendant=${chosen >= 0 ? `${id}-hint-${chosen}` : undefined}
        aria-describedby=${`${id}-wrong`}
        autocomplete="off"
        autocapitalize="off"
        spellcheck=${false}
        placeholder=${thread === undefined ? `Message ${place} as ${me.name}: type / for commands` : `Reply as ${me.name}: @${workspace?.bot.name} status …`}
        value=${text}
        onInput=${(/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) => type(currentTarget.value)}
        onKeyDown=${key}
      />
      <button type="button" class="button primary" onClick=${() => void send()}>Send</button>
    </div>
    <p id=${`${id}-wrong`} class="wrong" role="alert">${wrong !== undefined && `⚠ ${wrong}`}</p>
  </div>`;
}

/**
 * @param {{ id: string, hints: import('./hints.js').Command[], chosen: number, onChoose: (at: number) => void }} props
 */
function Hints({ id, hints, chosen, onChoose }) {
  return html`<div class="hints">
    <ul id=${`${id}-hints`} role="listbox" aria-label="Commands">
    ${hints.map(
      ({ usage, summary }, at) => html`<li
        key=${usage}
        id=${`${id}-hint-${at}`}
        role="option"
        aria-selected=${at === chosen}
        onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()}
        onClick=${() => onChoose(at)}
      >
        <code>${usage}</code> <span>${summary}</span>
      </li>`,
    )}
    </ul>
    <p class="keys">↑ ↓ choose · Tab completes · Enter sends · Esc closes</p>
  </div>`;
}
