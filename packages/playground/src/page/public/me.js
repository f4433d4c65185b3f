// @ts-check
/** The person who uses the page, and the people and channels. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { useKnown } from './connect.js';

/** @typedef {import('../api.ts').Told['workspace']['people'][number]} Person */

/** The person as whom the page sees and acts. */
export const Me = createContext(/** @type {Person} */ ({ id: '', name: '', roles: [] }));

export function useMe() {
  return useContext(Me);
}

/** Names by id; an id without a name is its own. */
export function useNames() {
  const names = useKnown('workspace')?.names;
  return {
    user: (/** @type {string} */ id) => names?.users[id] ?? (id === 'USLACKBOT' ? 'Slackbot' : id),
    group: (/** @type {string} */ id) => names?.groups[id] ?? id,
    channel: (/** @type {string} */ id) => names?.channels[id] ?? id,
  };
}
