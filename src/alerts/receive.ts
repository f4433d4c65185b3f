import type { IncomingMessage } from 'node:http';
import { longestBody, readBody, tooLarge } from '../net/request-body.ts';
import type { Lobby } from '../net/lobby.ts';
import { announced, growing, longestKnown } from './body-budget.ts';
import type { BodyBudget } from './body-budget.ts';
import type { BodyProof } from './source.ts';

/** An authentic body, with its room until `leave`; or why there is none. */
export type HeldBody = { body: Buffer; leave: () => void } | 'busy' | 'too-large' | 'not-authentic';

/** Where one source's bodies are held. */
interface Where {
  room: BodyBudget;
  lobby: Lobby;
}

/** Reads the body of a known sender (`proof` true) once there is room, or a body that must still prove its sender. */
export function receive(where: Where, request: IncomingMessage, proof: true | BodyProof): Promise<HeldBody> {
  return proof === true ? ofKnown(where, request) : ofUnknown(where, request, proof);
}

async function ofKnown({ room }: Where, request: IncomingMessage): Promise<HeldBody> {
  const place = growing(room, announced(request));
  if (place === undefined) return 'busy';
  const { leave } = place;
  let full = false;
  const watch = (piece: Buffer): boolean => {
    full ||= !place.grow(piece);
    return !full;
  };
  try {
    const body = await readBody(request, { most: longestKnown, watch });
    if (body !== tooLarge) return { body, leave };
  } catch (cause) {
    leave();
    throw cause;
  }
  leave();
  return full ? 'busy' : 'too-large';
}

async function ofUnknown(
  { lobby, room }: Where,
  request: IncomingMessage,
  proof: BodyProof,
): Promise<HeldBody> {
  const { putOut, leave } = lobby.enter(request);
  let size = 0;
  const watch = (piece: Buffer): void => {
    size += piece.length;
    // A body that is too large is not kept.
    if (size > longestBody) leave();
    proof.write(piece);
  };
  try {
    // A sender without proof gets only this answer, for any length of its body.
    const reading = readBody(request, { watch, toEnd: true });
    const body = await Promise.race([reading, putOut.then(() => 'busy' as const)]);
    if (body === 'busy') {
      reading.catch(() => {});
      return body;
    }
    if (!(await proof.end())) return 'not-authentic';
    if (body === tooLarge) return 'too-large';
    const taken = room.take(body.length);
    return taken === undefined ? 'busy' : { body, leave: taken };
  } finally {
    leave();
  }
}
