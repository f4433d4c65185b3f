import type { IncomingMessage, ServerResponse } from 'node:http';

/** Most bytes of a body, unless its reader says otherwise. */
export const longestBody = 1024 * 1024;
/** Most bytes of a rejected body that are read and discarded, so that its sender can read the answer. */
const longestDrain = 16 * longestBody;
/** How long the rest of such a body is waited for, in ms. */
const drainMs = 1_000;

/** A body above the limit: answered with 413. */
export const tooLarge = Symbol('too large');

/** Senders that wait for permission to send their body (`Expect: 100-continue`), and how to give it. */
const waiting = new WeakMap<IncomingMessage, () => void>();

/** Marks a request whose sender waits for permission: it sends its body only when `readBody` asks for it. */
export function waitsForWord(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, () => response.writeContinue());
}

function askFor(request: IncomingMessage): void {
  waiting.get(request)?.();
  waiting.delete(request);
}

/** The announced size of a request's body; undefined: unknown (chunked). */
export function announcedBytes({ headers }: Pick<IncomingMessage, 'headers'>): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;
}

/** How a body is read. */
export interface BodyReading {
  /** Most bytes. */
  most?: number;
  /** Receives every piece, also beyond the limit. False: the rest is not wanted. */
  watch?: (piece: Buffer) => boolean | void;
  /** Reports `tooLarge` only after the whole body was watched, or is longer than anybody watches. */
  toEnd?: boolean;
}

/** Reads a whole body, or reports that it is too large as soon as that is known. Rejects when the connection breaks. */
export function readBody(
  request: IncomingMessage,
  { most = longestBody, watch, toEnd = false }: BodyReading = {},
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
    // Only for a broken connection: an error with its stack costs more than reading a body.
    request.once('close', () => {
      if (!whole) reject(new Error('the connection broke'));
    });
  });
}

/** True when an unwanted body is above the limit. Stores nothing of it, and waits a moment at most. */
export function isTooLarge(request: IncomingMessage): Promise<boolean> {
  const announced = announcedBytes(request);
  if (announced !== undefined) return Promise.resolve(announced > longestBody);
  if (waiting.has(request)) return Promise.resolve(false);
  return drain(request, longestBody);
}

/** Answers, and lets a sender whose body was not read whole read the answer, which would break off otherwise. */
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
  // A sender that still waits for permission has sent nothing.
  if (waiting.has(request)) response.end();
  else void drain(request, longestDrain).then(() => response.end());
}

/** Discards a body: true when more than `most` bytes came, false when it ended, broke off or came too slowly. */
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
