import type { IncomingMessage } from 'node:http';
import { announcedBytes, longestBody } from '../net/request-body.ts';

/** Bytes of one source's bodies of which it is known who sent them, held at once until they are answered. */
const mostKnown = 32 * longestBody;

/** What the known senders of one source may hold in memory. */
export interface Room {
  /** Takes room; undefined: there is none now. Call what it returns when the body is answered. */
  take: (bytes: number) => (() => void) | undefined;
}

/** The room that a body needs before it has come; one of unknown length counts as the longest that is read. */
export function announced(request: Pick<IncomingMessage, 'headers'>): number {
  return Math.min(announcedBytes(request) ?? longestBody, longestBody);
}

/** Makes it: bodies that wait for a slow storage fill no more than this. */
export function makeRoom(): Room {
  let held = 0;
  return {
    take(bytes) {
      if (held + bytes > mostKnown) return undefined;
      held += bytes;
      let returned = false;
      return () => {
        if (!returned) held -= bytes;
        returned = true;
      };
    },
  };
}
