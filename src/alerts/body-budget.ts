import type { IncomingMessage } from 'node:http';
import { announcedBytes, longestBody } from '../net/request-body.ts';

/** Most bytes of a body from a known sender: an outage of everything is one long body. */
export const longestKnown = 8 * longestBody;
/** Most bytes of one source's bodies, from known senders, held until they are answered. */
const mostKnown = 32 * longestBody;

/** A memory limit for the known senders of one source. */
export interface BodyBudget {
  /** Reserves room; undefined: there is none now. The result frees it, once the body is answered. */
  take: (bytes: number) => (() => void) | undefined;
}

/** The room that a body needs before it arrives; one of unknown length asks for more as it grows. */
export function announced(request: Pick<IncomingMessage, 'headers'>): number {
  return Math.min(announcedBytes(request) ?? longestBody, longestKnown);
}

/** Reserves room for a body piece by piece: false when there is none for the next. */
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

/** Makes a budget, so that bodies waiting for a slow storage take bounded memory. */
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
