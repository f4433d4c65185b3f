// @ts-check
/** The newest lines of the bot's log: how it reacts to what was broken. */
import { html } from 'htm/preact';
import { useKnown } from './connect.js';
import { clock } from './dates.js';

const levels = { info: '·', warn: '⚠', error: '✖' };

/** Newest first. */
export function Doings() {
  const lines = useKnown('log') ?? [];
  return html`<section class="panel doings" aria-labelledby="doings-name">
    <header><h2 id="doings-name">Log <span class="muted">what the bot does about it</span></h2></header>
    <div class="log" role="log" aria-labelledby="doings-name" tabindex="0"><ol>
      ${lines.length === 0 && html`<li class="muted">Nothing to tell yet.</li>`}
      ${lines.toReversed().map(
        ({ at, level, text }, index) => html`<li key=${lines.length - index} class=${level}>
          <time>${clock(at, { seconds: true })}</time> <span role="img" aria-label=${level}>${levels[level]}</span> ${text}
        </li>`,
      )}
    </ol></div>
  </section>`;
}
