import type { IncomingMessage } from 'node:http';

/** Bytes of the longest body that is read; one of unknown length counts as such. */
const longestBody = 1024 * 1024;
/** Bytes of a source's bodies that are held at once, from the first byte until they are answered. */
const mostBytes = 32 * longestBody;

/** What one source may hold in memory. */
export interface Room {
  /** Takes the room that a body needs; undefined: there is none now. Call what it returns when it is answered. */
  take(request: Pick<IncomingMessage, 'headers'>): (() => void) | undefined;
}

/** Makes it: bodies that wait for a slow storage, or that a stranger sends slowly, fill no more than this. */
export function makeRoom(): Room {
  let held = 0;
  return {
    take({ headers }) {
      const given = headers['content-length'];
      const bytes = given === undefined ? longestBody : Math.min(Number(given), longestBody);
      if (held + bytes > mostBytes) return undefined;
      held += bytes;
      let returned = false;
      return () => {
        if (!returned) held -= bytes;
        returned = true;
      };
    },
  };
}
