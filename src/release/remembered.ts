/**
 * What one process remembers of the services. Nothing depends on it that must survive the process: it only lets the
 * process notice that the storage has less than before, and say a thing once.
 */
export interface Remembered {
  /** Services of which a record was seen here. */
  recorded: Set<string>;
  /** Those of them whose record is gone, until they are adopted again. */
  lost: Set<string>;
  /** Why the record of a service cannot be read, as it was logged last. */
  unreadable: Map<string, string>;
}

/** Nothing is remembered yet. */
export function newRemembered(): Remembered {
  return { recorded: new Set(), lost: new Set(), unreadable: new Map() };
}
