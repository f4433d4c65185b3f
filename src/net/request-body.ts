import type { IncomingMessage, ServerResponse } from 'node:http';

/** Bytes of a body at most, unless its reader says otherwise. */
export const longestBody = 1024 * 1024;
/** What is still read, and thrown away, of a body that is not taken: who sends it can then read the answer. */
const longestDrain = 16 * longestBody;
/** How long the rest of such a body is waited for, ms. */
const drainMs = 1_000;

/** A body above the limit: answered with 413. */
export const tooLarge = Symbol('too large');

/** Senders that wait for a word before they send their body (`Expect: 100-continue`), and how it is given. */
const waiting = new WeakMap<IncomingMessage, () => void>();

/** The sender of this request sends its body only when `readBody` asks for it. */
export function waitsForWord(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, () => response.writeContinue());
}

function askFor(request: IncomingMessage): void {
  waiting.get(request)?.();
  waiting.delete(request);
}

/** Bytes that a request announces for its body; undefined: it does not say how many (chunked). */
export function announcedBytes({ headers }: Pick<IncomingMessage, 'headers'>): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;
}

/** How a body is read. */
export interface Reading {
  /** Bytes at most. */
  most?: number;
  /** Is given every piece, also of what is beyond the limit and not kept. False: it is to be no longer. */
  watch?: (piece: Buffer) => boolean | void;
  /** Says `tooLarge` only when the whole body was watched, or is longer than anybody watches. */
  toEnd?: boolean;
}

/** Reads a body whole, or says that it is too large as soon as that is known. Rejects when the connection breaks. */
export function readBody(
  request: IncomingMessage,
  { most = longestBody, watch, toEnd = false }: Reading = {},
): Promise<Buffer | typeof tooLarge> {
  askFor(request);
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let whole = false;
    let refused = false;
    const refuse = (now: boolean): void => {
      refused = true;
      pieces.length = 0;
      if (now) resolve(tooLarge);
    };
    const announced = announcedBytes(request) ?? 0;
    if (announced > most) refuse(!toEnd || announced > longestDrain);
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      const goesOn = watch?.(piece) !== false;
      if (size > longestDrain) {
        refuse(true);
        request.destroy();
      } else if (size > most || !goesOn) refuse(!toEnd);
      else if (!refused) pieces.push(piece);
    });
    request.once('end', () => {
      whole = true;
      resolve(refused ? tooLarge : Buffer.concat(pieces));
    });
    request.once('error', reject);
    // Only when it broke: an error is made with its stack, which costs more than reading a body.
    request.once('close', () => {
      if (!whole) reject(new Error('the connection broke'));
    });
  });
}

/** True when a body that nobody wants is above the limit. Holds nothing of it, and waits a moment at most. */
export function isTooLarge(request: IncomingMessage): Promise<boolean> {
  const announced = announcedBytes(request);
  if (announced !== undefined) return Promise.resolve(announced > longestBody);
  if (waiting.has(request)) return Promise.resolve(false);
  return drain(request, longestBody);
}

/** Answers, and lets a sender whose body was not read whole read the answer: it would break off in the middle else. */
export function answerTo(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  { text = '', headers = {} }: { text?: string; headers?: Readonly<Record<string, string>> } = {},
): void {
  if (request.complete || announcedBytes(request) === 0) {
    response.writeHead(status, headers);
    response.end(text);
    return;
  }
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, { ...headers, 'content-length': length, connection: 'close' });
  if (text === '' || request.method === 'HEAD') response.flushHeaders();
  else response.write(text);
  // Who still waits for a word has sent nothing.
  if (waiting.has(request)) response.end();
  else void drain(request, longestDrain).then(() => response.end());
}

/** Throws a body away: true when more than `most` bytes came, false when it ended, broke off or came too slowly. */
function drain(request: IncomingMessage, most: number): Promise<boolean> {
  return new Promise((resolve) => {
    let size = 0;
    const end = (more: boolean): void => {
      clearTimeout(timer);
      request.off('data', count);
      resolve(more);
    };
    const count = (piece: Buffer): void => {
      size += piece.length;
      if (size > most) end(true);
    };
    const timer = setTimeout(() => end(false), drainMs);
    request.on('data', count);
    request.resume();
    request.once('end', () => end(false));
    request.once('close', () => end(false));
    request.once('error', () => end(false));
  });
}
