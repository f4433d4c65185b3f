import type { IncomingMessage } from 'node:http';
import { announcedBytes, longestBody } from '../net/request-body.ts';

/** Bytes of a body at most of which it is known who sends it: an outage of everything is one long body. */
export const longestKnown = 8 * longestBody;
/** Bytes of one source's bodies of which it is known who sent them, held at once until they are answered. */
const mostKnown = 32 * longestBody;

/** What the known senders of one source may hold in memory. */
export interface BodyBudget {
  /** Takes room; undefined: there is none now. Call what it returns when the body is answered. */
  take: (bytes: number) => (() => void) | undefined;
}

/** The room that a body needs before it has come; one of unknown length asks for more as it grows. */
export function announced(request: Pick<IncomingMessage, 'headers'>): number {
  return Math.min(announcedBytes(request) ?? longestBody, longestKnown);
}

/** Takes room for a body piece by piece: false when there is none for the next. */
export function growing(
  room: BodyBudget,
  first: number,
): { grow: (piece: Buffer) => boolean; leave: () => void } | undefined {
  const start = room.take(first);
  if (start === undefined) return undefined;
  const taken = [start];
  let [has, size] = [first, 0];
  return {
    grow({ length }) {
      size += length;
      if (size <= has) return true;
      const more = room.take(longestBody);
      if (more === undefined) return false;
      taken.push(more);
      has += longestBody;
      return true;
    },
    leave: () => taken.forEach((leave) => leave()),
  };
}

/** Makes it: bodies that wait for a slow storage fill no more than this. */
export function makeBodyBudget(): BodyBudget {
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
