/**
 * Instants in a record are ms since 1970 by the store's clock (Redis' `TIME`), so that two machines never disagree. A
 * change that is not saved yet does not know that clock: it says `fromNow(ms)`, and the store replaces it inside the
 * script that saves.
 */
const FROM_NOW = -(2 ** 52);

/** An instant: ms since 1970, or, in a change that is not saved yet, what `fromNow` returned. */
export type Instant = number;

/** Returns the instant `ms` milliseconds after the save that carries it. */
export function fromNow(ms = 0): Instant {
  return FROM_NOW + ms;
}

/** Returns, for stores, how long after the save an instant lies, in ms; undefined when it is absolute already. */
export function offsetFromNow(instant: Instant): number | undefined {
  return instant < FROM_NOW / 2 ? instant - FROM_NOW : undefined;
}
