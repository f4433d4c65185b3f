// @ts-check
/** Receives the server's events for the whole page, and calls the server. */
import { useEffect, useState } from 'preact/hooks';

/**
 * @typedef {import('../api.ts').Told} Told
 * @typedef {import('../api.ts').Asked} Asked
 * @typedef {'opening' | 'open' | 'lost'} Link
 * @typedef {Omit<Told, keyof Told['past'] | 'past'> & {
 *   traffic: Told['traffic'][],
 *   switched: Told['switched'][],
 *   link: Link,
 * }} Known The last event of each kind, and the last minutes of traffic and of switches.
 */

/** How long traffic is kept, in ms: the range of the chart. */
export const shownMs = 120_000;
/** The pause before the stream is opened again, after an answer that ended it for good, in ms. */
const againMs = 1_000;

/** @type {{ [K in keyof Known]: Known[K] | undefined }} */
const known = {
  workspace: undefined,
  messages: undefined,
  views: undefined,
  record: undefined,
  levers: undefined,
  log: undefined,
  traffic: [],
  switched: [],
  link: 'opening',
};
/** @type {Map<keyof Known, Set<() => void>>} */
const followers = new Map();

/**
 * @template {keyof Known} K
 * @param {K} key
 * @param {Known[K]} value
 */
function learn(key, value) {
  known[key] = /** @type {typeof known[K]} */ (value);
  changed.add(key);
  if (!pressing) show();
}

/** Events that are not shown yet. @type {Set<keyof Known>} */
const changed = new Set();
/** True while a mouse button or a finger is down. */
let pressing = false;

/** Draws the changes. */
function show() {
  const keys = [...changed];
  changed.clear();
  for (const key of keys) for (const tell of followers.get(key) ?? []) tell();
}

/**
 * Holds changes back during a press, so that nothing moves under the pointer: a click counts only where press and
 * release are on the same element, and it must be the intended one.
 */
function holdWhilePressing() {
  // The click comes right after the release.
  const release = () =>
    setTimeout(() => {
      pressing = false;
      show();
    });
  addEventListener('pointerdown', () => (pressing = true), true);
  for (const type of ['pointerup', 'pointercancel']) addEventListener(type, release, true);
  // The pointer was released outside.
  addEventListener('blur', release);
}

/**
 * The items of the last two minutes, with the new one.
 * @template {{ at: number }} T
 * @param {readonly T[]} list
 * @param {T} one
 */
function recent(list, one) {
  return [...list.filter(({ at }) => at > Date.now() - shownMs), one];
}

/** Opens the stream of events, and reopens it when it ends. */
export function connect() {
  holdWhilePressing();
  open();
}

function open() {
  const source = new EventSource('/events');
  source.addEventListener('open', () => learn('link', 'open'));
  source.addEventListener('error', () => {
    learn('link', 'lost');
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(open, againMs);
  });
  for (const key of /** @type {const} */ (['workspace', 'messages', 'views', 'record', 'levers', 'log']))
    source.addEventListener(key, ({ data }) => learn(key, JSON.parse(data)));
  source.addEventListener('past', ({ data }) => {
    const { traffic, switched } = /** @type {Told['past']} */ (JSON.parse(data));
    learn('traffic', traffic);
    learn('switched', switched);
  });
  for (const key of /** @type {const} */ (['traffic', 'switched']))
    source.addEventListener(key, ({ data }) =>
      learn(key, recent(/** @type {any[]} */ (known[key] ?? []), JSON.parse(data))),
    );
}

/**
 * The last event of one kind; redraws the component when it changes.
 * @template {keyof Known} K
 * @param {K} key
 * @returns {Known[K] | undefined}
 */
export function useKnown(key) {
  const [value, set] = useState(known[key]);
  useEffect(() => {
    const tell = () => set(() => known[key]);
    const all = followers.get(key) ?? new Set();
    followers.set(key, all.add(tell));
    tell();
    return () => void all.delete(tell);
  }, [key]);
  return value;
}

/**
 * Calls the server. Resolves to undefined on success, otherwise to a sentence for the person.
 * @template {keyof Asked} K
 * @param {K} name
 * @param {Asked[K]} body
 * @returns {Promise<string | undefined>}
 */
export async function ask(name, body) {
  try {
    const response = await fetch(`/api/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    /** @type {import('../api.ts').Done} */
    const done = await response.json();
    return done.ok ? undefined : done.error;
  } catch {
    return 'The playground does not answer. Is its terminal still open?';
  }
}
