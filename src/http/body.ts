import type { IncomingMessage } from 'node:http';

/** Bytes of a body at most (SPEC 9). */
export const longestBody = 1024 * 1024;
/** What is still read, and thrown away, of a body that is too large: who sends it can then read the answer. */
const longestDrain = 16 * longestBody;

/** A body above the limit: answered with 413. */
export const tooLarge = Symbol('too large');

/** Reads a body whole, or says that it is too large as soon as that is known. Rejects when the connection breaks. */
export function readBody(request: IncomingMessage): Promise<Buffer | typeof tooLarge> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let whole = false;
    const refuse = (): void => {
      pieces.length = 0;
      resolve(tooLarge);
    };
    if (Number(request.headers['content-length'] ?? 0) > longestBody) refuse();
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > longestDrain) request.destroy();
      else if (size > longestBody) refuse();
      else pieces.push(piece);
    });
    request.once('end', () => {
      whole = true;
      resolve(Buffer.concat(pieces));
    });
    request.once('error', reject);
    // Only when it broke: an error is made with its stack, which costs more than reading a body.
    request.once('close', () => {
      if (!whole) reject(new Error('the connection broke'));
    });
  });
}

/** As `readBody`, for other parts: undefined for a body that is too large. */
export async function wholeBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const body = await readBody(request);
  return body === tooLarge ? undefined : body;
}
