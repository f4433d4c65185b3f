// @ts-check
/** The page: the people, the channel, the traffic, the record and the levers. */
import { html, render } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { Channel, Thread } from './channel.js';
import { Confirm } from './confirm.js';
import { connect, useKnown } from './connect.js';
import { Doings } from './doings.js';
import { Levers } from './levers.js';
import { Me } from './me.js';
import { Avatar } from './message.js';
import { Modal } from './modal.js';
import { Record } from './record.js';
import { Tour } from './tour.js';
import { Traffic } from './traffic.js';

/** @typedef {import('./me.js').Person} Person */

const darkNow = matchMedia('(prefers-color-scheme: dark)');

/** `light` or `dark`: the person's choice, or the system's, which may change. */
function useTheme() {
  const [chosen, choose] = useState(localStorage.getItem('theme'));
  const [system, setSystem] = useState(darkNow.matches);
  useEffect(() => {
    const changed = () => setSystem(darkNow.matches);
    darkNow.addEventListener('change', changed);
    return () => darkNow.removeEventListener('change', changed);
  }, []);
  const theme = chosen ?? (system ? 'dark' : 'light');
  useEffect(() => {
    if (chosen === null) delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosen;
  }, [chosen]);
  const turn = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem('theme', next);
    choose(next);
  };
  return { theme, turn };
}

/**
 * @param {{ people: Person[], me: Person, onBe: (person: Person) => void }} props
 */
function Who({ people, me, onBe }) {
  return html`<fieldset class="who-am-i">
    <legend>You are</legend>
    ${people.map(
      (person) => html`<label key=${person.id} class=${person.id === me.id ? 'chosen' : ''}>
        <input type="radio" name="me" value=${person.name} checked=${person.id === me.id} onChange=${() => onBe(person)} />
        <${Avatar} name=${person.name} /> ${person.name} <span class="muted">${person.roles.join(', ') || 'may only look'}</span>
      </label>`,
    )}
  </fieldset>`;
}

const links = { opening: 'connecting…', open: 'connected', lost: '⚠ not connected' };

function App() {
  const workspace = useKnown('workspace');
  const link = useKnown('link') ?? 'opening';
  const { theme, turn } = useTheme();
  const [me, setMe] = useState(/** @type {Person | undefined} */ (undefined));
  const [touring, setTouring] = useState(true);
  const [thread, setThread] = useState(/** @type {string | undefined} */ (undefined));
  const person = me ?? workspace?.people[0];
  const header = html`<header class="top">
    <h1><img src="/icon.svg" alt="" width="22" height="22" /> Switchback <span class="muted">playground</span></h1>
    <p class=${`link-state ${link}`} role="status">${links[link]}</p>
    ${workspace && person && html`<${Who} people=${workspace.people} me=${person} onBe=${setMe} />`}
    <div class="tools">
      ${!touring && html`<button type="button" class="button" onClick=${() => setTouring(true)}>Take the tour</button>`}
      <button type="button" class="button" aria-label="Dark mode" title="Dark mode" aria-pressed=${theme === 'dark'} onClick=${turn}>
        <span aria-hidden="true">${theme === 'dark' ? '☀' : '☾'}</span>
      </button>
    </div>
  </header>`;
  if (!workspace || !person)
    return html`${header}<main class="empty"><p>Waiting for the playground…</p></main>`;
  return html`<${Me.Provider} value=${person}>
    <a class="skip" href="#composer">Skip to the line to type in</a>
    ${header}
    ${
      link === 'lost' &&
      html`<p class="ended" role="alert">
        The playground does not answer: it has probably ended. Start it again with <code>npm run play</code>, and open the address that it prints.
      </p>`
    }
    ${touring && html`<${Tour} onBe=${setMe} onClose=${() => setTouring(false)} />`}
    <main class=${`${thread === undefined ? '' : 'with-thread'} ${link}`}>
      <${Channel} onThread=${setThread} />
      ${thread !== undefined && html`<${Thread} key=${thread} ts=${thread} onClose=${() => setThread(undefined)} />`}
      <div class="beside">
        <${Traffic} theme=${theme} />
        <div class="scrolling">
          <${Record} />
          <${Levers} />
        </div>
        <${Doings} />
      </div>
    </main>
    <${Confirm} />
    <${Modal} />
  <//>`;
}

connect();
const place = document.getElementById('app');
if (place) render(html`<${App} />`, place);
