// @ts-check
/** The channel as one person sees it, and the open thread next to it. */
import { html } from 'htm/preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Composer } from './composer.js';
import { useKnown } from './connect.js';
import { useMe, useNames } from './me.js';
import { Message, isReply, postedAt } from './message.js';

/** @typedef {import('../api.ts').PageMessage} PageMessage */

/** How long messages of one author share a head, ms. */
const closeMs = 300_000;

/** The messages that this person may see. */
function useVisible() {
  const me = useMe();
  const all = useKnown('messages') ?? [];
  return all.filter(({ onlyFor }) => onlyFor === undefined || onlyFor === me.id);
}

/**
 * @param {PageMessage} message
 * @param {PageMessage | undefined} last
 */
function follows(message, last) {
  if (!last || last.user !== message.user || last.onlyFor !== message.onlyFor) return false;
  return !message.broadcast && message.onlyFor === undefined && postedAt(message) - postedAt(last) < closeMs;
}

/**
 * The conversations of the bot with this person: the channel, and their direct conversation once it has begun.
 * @param {PageMessage[]} visible
 */
function usePlaces(visible) {
  const me = useMe();
  const workspace = useKnown('workspace');
  const names = useNames();
  const main = workspace?.channel ?? '';
  const mine = (/** @type {string} */ id) => names.channel(id) === `@${me.name}`;
  const others = new Set(visible.map(({ channel }) => channel).filter((id) => id !== main && mine(id)));
  return [main, ...others].map((id) => ({
    id,
    label: id === main ? `#${names.channel(id)}` : 'Direct messages',
  }));
}

/**
 * @param {{ onThread: (ts: string) => void }} props
 */
export function Channel({ onThread }) {
  const visible = useVisible();
  const places = usePlaces(visible);
  const [chosen, choose] = useState('');
  const place = places.find(({ id }) => id === chosen) ?? places[0] ?? { id: '', label: '' };
  const here = visible.filter((message) => message.channel === place.id);
  const shown = here.filter((message) => !isReply(message) || message.broadcast);
  const toNewest = useRef(() => {});
  /** @param {string} ts @param {boolean} whispered */
  const replies = (ts, whispered) =>
    here.filter(
      (message) =>
        message.threadTs === ts && isReply(message) && (message.onlyFor !== undefined) === whispered,
    ).length;
  return html`<section class="channel" aria-labelledby="channel-name">
    <header class="bar">
      <h2 id="channel-name">${place.label}</h2>
      ${
        places.length > 1 &&
        html`<nav aria-label="Conversations">
          ${places.map(({ id, label }) => html`<button key=${id} type="button" class="quiet" aria-pressed=${id === place.id} onClick=${() => choose(id)}>${label}</button>`)}
        </nav>`
      }
    </header>
    <${List} label=${`Messages in ${place.label}`} toNewest=${toNewest}>
      ${shown.map(
        (message, at) => html`<${Message}
          key=${message.ts}
          message=${message}
          close=${follows(message, shown[at - 1])}
          replies=${replies(message.ts, false)}
          whispers=${replies(message.ts, true)}
          onThread=${onThread}
        />`,
      )}
    <//>
    <${Composer} channel=${place.id} place=${place.label} onSend=${() => toNewest.current()} />
  </section>`;
}

/**
 * @param {{ ts: string, onClose: () => void }} props
 */
export function Thread({ ts, onClose }) {
  const visible = useVisible().filter((message) => message.ts === ts || message.threadTs === ts);
  const toNewest = useRef(() => {});
  const close = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    close.current?.focus();
    return () => before?.focus();
  }, []);
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) onClose();
  };
  return html`<section class="thread" aria-labelledby="thread-name" onKeyDown=${escape}>
    <header class="bar">
      <h2 id="thread-name">Thread</h2>
      <button ref=${close} type="button" class="quiet" aria-label="Close the thread" onClick=${onClose}>✕</button>
    </header>
    <${List} label="Messages in the thread" toNewest=${toNewest}>
      ${visible.map((message, at) => html`<${Message} key=${message.ts} message=${message} inThread close=${at > 1 && follows(message, visible[at - 1])} />`)}
    <//>
    <${Composer} channel=${visible[0]?.channel ?? ''} thread=${ts} place="the thread" onSend=${() => toNewest.current()} />
  </section>`;
}

/**
 * A list of messages that stays scrolled to the newest, unless the reader has scrolled up.
 * @param {{ label: string, toNewest: { current: () => void }, children?: unknown }} props `toNewest` receives a function that
 *   scrolls there
 */
function List({ label, toNewest, children }) {
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  const count = Array.isArray(children) ? children.length : 0;
  const toEnd = () => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  };
  toNewest.current = () => {
    atEnd.current = true;
    toEnd();
  };
  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
  });
  useEffect(() => {
    if (!atEnd.current) setBehind(true);
  }, [count]);
  useEffect(() => {
    // The height of the list depends on the window and on the parts above and below it.
    const watch = new ResizeObserver(() => atEnd.current && toEnd());
    if (list.current) watch.observe(list.current);
    return () => watch.disconnect();
  }, []);
  const scrolled = () => {
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = list.current ?? {};
    atEnd.current = scrollHeight - clientHeight - scrollTop < 40;
    if (atEnd.current) setBehind(false);
  };
  return html`<div class="messages">
    <div ref=${list} class="log" role="log" aria-live="polite" aria-relevant="additions" aria-label=${label} tabindex="0" onScroll=${scrolled}>
      <ol>${children}</ol>
    </div>
    ${behind && html`<button type="button" class="newest" onClick=${toEnd}>Newer messages ↓</button>`}
  </div>`;
}
