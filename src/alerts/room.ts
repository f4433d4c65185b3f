import type { IncomingMessage } from 'node:http';

/** Bytes of the longest body that is read; one of unknown length counts as such. */
const longestBody = 1024 * 1024;
/** Bytes of one source's bodies of which it is known who sent them, held at once until they are answered. */
const mostKnown = 32 * longestBody;
/** Bytes of one source's bodies that are still to show by their signature who sent them. */
const mostUnknown = 16 * longestBody;

/** What the known senders of one source may hold in memory. */
export interface Room {
  /** Takes room; undefined: there is none now. Call what it returns when the body is answered. */
  take: (bytes: number) => (() => void) | undefined;
}

/** The room that a body needs before it has come. */
export function announced({ headers }: Pick<IncomingMessage, 'headers'>): number {
  const given = headers['content-length'];
  return given === undefined ? longestBody : Math.min(Number(given), longestBody);
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

/** Where bodies of unknown senders arrive. Nobody is kept out of it: those that take longest are put out. */
export interface Lobby {
  /** Counts what arrives, until `leave`. `putOut` resolves when its room went to others. */
  enter(request: IncomingMessage): { putOut: Promise<void>; leave: () => void };
}

/**
 * Makes it. Only bytes that have come count, and whoever came first is put out first: strangers who send slowly, or
 * announce much, take no room from a sender whose body comes within moments.
 */
export function makeLobby(): Lobby {
  interface Guest {
    bytes: number;
    leave: () => void;
    putOut: () => void;
  }
  const inside = new Set<Guest>();
  let held = 0;
  return {
    enter(request) {
      const count = (piece: Buffer): void => {
        guest.bytes += piece.length;
        held += piece.length;
        for (const first of inside) {
          if (held <= mostUnknown) break;
          first.leave();
          first.putOut();
        }
      };
      const guest: Guest = {
        bytes: 0,
        leave() {
          request.off('data', count);
          if (inside.delete(guest)) held -= guest.bytes;
        },
        putOut: () => {},
      };
      const putOut = new Promise<void>((resolve) => {
        guest.putOut = resolve;
      });
      inside.add(guest);
      request.on('data', count);
      return { putOut, leave: guest.leave };
    },
  };
}
