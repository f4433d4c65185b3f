/**
 * Instants in a record are milliseconds since 1970 by the store's clock (Redis' `TIME`), so that two machines never
 * disagree. A change that is about to be saved does not know that clock yet: it says `fromNow(ms)`, and the store
 * replaces it inside the script that saves.
 */
const FROM_NOW = -(2 ** 52);

/** Milliseconds since 1970, or, in a change not saved yet, what `fromNow` returned. */
export type Instant = number;

/** The instant `ms` milliseconds after the save that carries it. */
export function fromNow(ms = 0): Instant {
  return FROM_NOW + ms;
}

/** For stores: how long after the save an instant lies, in ms; undefined when it is an instant already. */
export function offsetFromNow(instant: Instant): number | undefined {
  return instant < FROM_NOW / 2 ? instant - FROM_NOW : undefined;
}
