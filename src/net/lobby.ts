import type { IncomingMessage } from 'node:http';

/** Most bytes of bodies from unknown senders at a time. */
const most = 16 * 1024 * 1024;
/** A body up to this size is never dropped; the number of connections bounds them. */
const always = 16 * 1024;

/** Buffer for bodies whose signature is not verified yet. */
export interface Lobby {
  /** Counts arriving bytes until `leave`. `putOut` resolves when this body is dropped to make room. */
  enter(request: IncomingMessage): { putOut: Promise<void>; leave: () => void };
}

/**
 * Makes a lobby. Everybody may enter. Only received bytes count; when they are too many, the body that held the most
 * for the longest is dropped. So strangers who send slowly, or much, take no room from a short body that comes slowly,
 * or from a long one that comes fast. `mono`: a clock in ms.
 */
export function makeLobby(mono: () => number): Lobby {
  interface Guest {
    bytes: number;
    since: number;
    leave: () => void;
    putOut: () => void;
  }
  const inside = new Set<Guest>();
  let held = 0;
  const putOne = (): boolean => {
    const now = mono();
    let worst: Guest | undefined;
    let weight = 0;
    for (const guest of inside) {
      const its = guest.bytes > always ? guest.bytes * (now - guest.since + 1) : 0;
      if (its > weight) [worst, weight] = [guest, its];
    }
    worst?.leave();
    worst?.putOut();
    return worst !== undefined;
  };
  return {
    enter(request) {
      const count = (piece: Buffer): void => {
        guest.bytes += piece.length;
        held += piece.length;
        while (held > most && putOne());
      };
      const guest: Guest = {
        bytes: 0,
        since: mono(),
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
