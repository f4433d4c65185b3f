import type { IncomingMessage } from 'node:http';
import { announced } from './room.ts';
import type { Lobby, Room } from './room.ts';
import type { BodyProof } from './source.ts';

/** A body that is authentic, with the room that it has until `leave`; or why there is none. */
export type Held = { body: Buffer; leave: () => void } | 'busy' | 'too-large' | 'not-authentic';

/** Reads a body of at most 1 MiB whole; undefined: it is larger. */
export type ReadWhole = (request: IncomingMessage) => Promise<Buffer | undefined>;

/** Where one source's bodies are held. */
interface Where {
  room: Room;
  lobby: Lobby;
}

/** Reads a body whose sender is known (`proof` true), once there is room for it, or that must still show who sent it. */
export function receive(
  where: Where,
  request: IncomingMessage,
  read: ReadWhole,
  proof: true | BodyProof,
): Promise<Held> {
  return proof === true ? ofKnown(where, request, read) : ofUnknown(where, request, read, proof);
}

async function ofKnown({ room }: Where, request: IncomingMessage, read: ReadWhole): Promise<Held> {
  const leave = room.take(announced(request));
  if (leave === undefined) return 'busy';
  try {
    const body = await read(request);
    if (body !== undefined) return { body, leave };
  } catch (cause) {
    leave();
    throw cause;
  }
  leave();
  return 'too-large';
}

async function ofUnknown(
  { lobby, room }: Where,
  request: IncomingMessage,
  read: ReadWhole,
  proof: BodyProof,
): Promise<Held> {
  const { putOut, leave } = lobby.enter(request);
  try {
    const body = await Promise.race([read(request), putOut.then(() => 'busy' as const)]);
    if (body === 'busy') return body;
    if (body === undefined) return 'too-large';
    if (!(await proof(body))) return 'not-authentic';
    const taken = room.take(body.length);
    return taken === undefined ? 'busy' : { body, leave: taken };
  } finally {
    leave();
  }
}
