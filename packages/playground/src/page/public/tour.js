// @ts-check
/** The guided tour: one step at a time, recognized by what happens. */
import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { confirmed } from './confirm.js';
import { ask, useKnown } from './connect.js';
import { useRecord, useTick } from './record.js';
import { caption, steps } from './tour-steps.js';

/**
 * @typedef {import('./me.js').Person} Person
 * @typedef {import('./tour-steps.js').Act} Act
 */

/** The state for the present step; undefined before all of it is known. @param {number} since @returns {import('./tour-steps.js').Sight | undefined} */
function useSight(since) {
  const record = useRecord();
  const levers = useKnown('levers');
  const messages = useKnown('messages');
  const workspace = useKnown('workspace');
  useTick(true);
  if (!record || !levers || !messages || !workspace) return undefined;
  const { service, people } = workspace;
  return { record, levers, messages, service, people, since };
}

/**
 * The newest button with this action in a message for everybody.
 * @param {import('../api.ts').PageMessage[]} messages
 * @param {string} action
 */
function findButton(messages, action) {
  for (const message of messages.toReversed()) {
    if (message.onlyFor !== undefined) continue;
    const blocks = /** @type {import('../shapes.ts').Block[]} */ (message.blocks);
    const element = blocks
      .flatMap(({ elements = [] }) => elements)
      .find((each) => each.type === 'button' && each.action_id === action);
    if (element) return { message, element };
  }
  return undefined;
}

/**
 * @param {{ onBe: (person: Person) => void, onClose: () => void }} props `onBe`: called when another person acts
 */
export function Tour({ onBe, onClose }) {
  const { people = [], channel = '' } = useKnown('workspace') ?? {};
  const [at, setAt] = useState(0);
  const [since, setSince] = useState(Date.now);
  const [done, setDone] = useState(/** @type {string | undefined} */ (undefined));
  const [wrong, setWrong] = useState(/** @type {string | undefined} */ (undefined));
  const [busy, setBusy] = useState(false);
  const [folded, setFolded] = useState(false);
  // The text of a finished step stays readable, even when something else happens.
  const said = useRef({ at: -1, text: '' });
  const sight = useSight(since);
  const step = steps[at];
  const now = step && sight ? step.done(sight) : false;
  if (step && sight && (said.current.at !== at || (done === undefined && !now)))
    said.current = { at, text: step.text(sight) };
  useEffect(() => {
    if (now && step && sight) setDone(step.after(sight));
  }, [now, at]);

  const go = (/** @type {number} */ to) => {
    setAt(to);
    setSince(Date.now());
    setDone(undefined);
    setWrong(undefined);
  };
  const act = done !== undefined || !step || !sight ? undefined : step.act(sight);
  const actor = act && 'as' in act ? people.find(({ roles }) => roles[0] === act.as) : undefined;
  const perform = async () => {
    if (!act || busy) return;
    setBusy(true);
    if (actor) onBe(actor);
    setWrong(await carryOut(act, actor));
    setBusy(false);
  };
  /** @type {(given: Act, by: Person | undefined) => Promise<string | undefined>} */
  const carryOut = async (given, by) => {
    if ('pull' in given) return ask('lever', given.pull);
    const person = by?.id ?? '';
    if ('say' in given) return ask('say', { person, channel, text: given.say });
    const found = findButton(sight?.messages ?? [], given.press);
    if (!found) return 'The button is not there yet.';
    const { message, element } = found;
    if (element.confirm && !(await confirmed(element.confirm))) return undefined;
    return ask('press', { person, channel: message.channel, ts: message.ts, action: given.press });
  };

  return html`<section class=${`tour ${folded ? 'folded' : ''}`} aria-label="Guided tour">
    <ol class="progress" aria-label=${`Step ${Math.min(at + 1, steps.length)} of ${steps.length}`}>
      ${steps.map(
        ({ title }, index) => html`<li
          key=${title}
          class=${index < at ? 'past' : ''}
          aria-current=${index === at ? 'step' : undefined}
          title=${title}
        >${index < at ? '✓' : index + 1}</li>`,
      )}
    </ol>
    ${
      step
        ? html`<div class="telling">
            <h2>${at + 1}. ${step.title}</h2>
            <p class="text">${sight && said.current.text}</p>
            <p class="done" role="status">${done !== undefined ? html`✅ Done. <span>${done}</span>` : busy || act ? '' : 'The bot is at work…'}</p>
            ${wrong !== undefined && html`<p class="wrong" role="alert">⚠ ${wrong}</p>`}
          </div>`
        : html`<div class="telling">
            <h2>That's the tour</h2>
            <p class="text" role="status">You staged, promoted, watched, broke both and one, reverted and read the history. Now break what you like, or kill the bot in the middle of a promote. To use it with your own Slack, follow “Connect it to Slack” in README.md.</p>
          </div>`
    }
    <div class="moves">
      ${
        step &&
        done === undefined &&
        html`<button type="button" class="button primary act" aria-disabled=${!act} aria-busy=${busy} onClick=${perform}>
        Do it for me${act && html`<small>${caption(act, actor?.name)}</small>`}
      </button>`
      }
      ${at > 0 && step && html`<button type="button" class="button back" onClick=${() => go(at - 1)}>Back</button>`}
      ${
        step
          ? html`<button type="button" class=${done !== undefined ? 'button primary' : 'button'} onClick=${() => go(at + 1)}>${done !== undefined ? (at + 1 < steps.length ? 'Next' : 'Finish') : 'Skip'}</button>`
          : html`<button type="button" class="button primary" onClick=${() => go(0)}>Start over</button>`
      }
      <button type="button" class="quiet fold" aria-expanded=${!folded} aria-label="What this step is about" onClick=${() => setFolded(!folded)}>${folded ? '▾' : '▴'}</button>
      <button type="button" class="quiet close" aria-label="Close the tour" onClick=${onClose}>✕</button>
    </div>
  </section>`;
}
