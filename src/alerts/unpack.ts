import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Room } from './room.ts';
import { longestKnown } from './room.ts';
import { short } from './source.ts';

const unzip = promisify(gunzip);

/** A body as it was before it was packed, with the room that it has until `leave`; or why there is none. */
export type Unpacked = { body: Buffer; leave: () => void } | { mistake: string } | 'busy' | 'too-large';

const asItIs = new Set(['', 'identity']);

/**
 * Unpacks a body of a known sender by its `Content-Encoding`; only gzip is read. The size that gzip itself names at its end
 * decides on the room; a body that becomes larger than it says is none.
 */
export async function unpack(packed: Buffer, encoding: string | undefined, room: Room): Promise<Unpacked> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (asItIs.has(name)) return { body: packed, leave: () => {} };
  if (name !== 'gzip' && name !== 'x-gzip')
    return { mistake: `content-encoding: ${short(name, 40)} is not read; send it plain, or as gzip` };
  // Shorter, or beginning otherwise, it is none.
  const size =
    packed.length < 18 || packed.readUInt16BE(0) !== 0x1f8b ? 0 : packed.readUInt32LE(packed.length - 4);
  if (size > longestKnown) return 'too-large';
  const leave = room.take(size);
  if (leave === undefined) return 'busy';
  try {
    return { body: await unzip(packed, { maxOutputLength: Math.max(size, 1) }), leave };
  } catch {
    leave();
    return { mistake: 'body: is not gzip, as its content-encoding says' };
  }
}
