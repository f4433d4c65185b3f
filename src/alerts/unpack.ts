import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { BodyBudget } from './body-budget.ts';
import { longestKnown } from './body-budget.ts';
import { short } from './source.ts';

const unzip = promisify(gunzip);

/** An unpacked body, with its room until `leave`; or why there is none. */
export type Unpacked = { body: Buffer; leave: () => void } | { mistake: string } | 'busy' | 'too-large';

const noGzip = 'body: is not gzip, but its content-encoding says so';

const asItIs = new Set(['', 'identity']);

/**
 * Unpacks a body of a known sender by its `Content-Encoding`; only gzip is supported. It reserves the room that the
 * body says it needs; when that is too little (each gzip member gives only its own size), as much as any body may have.
 */
export async function unpack(
  packed: Buffer,
  encoding: string | undefined,
  room: BodyBudget,
): Promise<Unpacked> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (asItIs.has(name)) return { body: packed, leave: () => {} };
  if (name !== 'gzip' && name !== 'x-gzip')
    return {
      mistake: `content-encoding: ${short(name, 40)} is not supported; send it uncompressed or as gzip`,
    };
  // Shorter bodies, or ones that begin otherwise, are not gzip.
  if (packed.length < 18 || packed.readUInt16BE(0) !== 0x1f8b) return { mistake: noGzip };
  const said = packed.readUInt32LE(packed.length - 4);
  const first = said > 0 && said < longestKnown ? await within(packed, said, room) : 'too-large';
  return first === 'too-large' ? within(packed, longestKnown, room) : first;
}

async function within(packed: Buffer, most: number, room: BodyBudget): Promise<Unpacked> {
  const leave = room.take(most);
  if (leave === undefined) return 'busy';
  try {
    return { body: await unzip(packed, { maxOutputLength: most }), leave };
  } catch (cause) {
    leave();
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return 'too-large';
    return { mistake: code === 'Z_BUF_ERROR' ? 'body: its gzip data is incomplete' : noGzip };
  }
}
