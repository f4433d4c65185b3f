import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** The answer cannot be read; the message is fit for people. */
export class UnreadableBody extends Error {}

/** Reads one body once, bounded, and unpacks it. */
export interface BodyReader {
  /** Reads to the end. `whole`: false when the body is larger than the bound; the part within it is kept. */
  read(body: Readable): Promise<{ whole: boolean }>;
  /** The text so far, in the answer's character set, without a byte order mark. */
  text(): string;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Makes a reader for at most `maxBytes` bytes after unpacking: a small packed body can unpack to gigabytes. */
export function bodyReader(headers: Headers, maxBytes: number): BodyReader {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    async read(body) {
      const codings = codingsOf(headers);
      try {
        for await (const chunk of await unpacked(body, codings)) {
          const left = maxBytes - size;
          chunks.push(chunk.byteLength > left ? chunk.subarray(0, left) : chunk);
          size += Math.min(chunk.byteLength, left);
          if (chunk.byteLength > left) return { whole: false };
        }
        return { whole: true };
      } catch (error) {
        if (isUnpacking(error))
          throw new UnreadableBody(`answer cannot be decompressed (${codings.join(', ')})`);
        throw error;
      } finally {
        body.destroy();
      }
    },
    text: () => decoderOf(headers, chunks[0]).decode(Buffer.concat(chunks)),
  };
}

function codingsOf(headers: Headers): string[] {
  const names = String(headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const known = names.filter((name) => ['gzip', 'x-gzip', 'deflate', 'br'].includes(name));
  const strange = names.find((name) => ['zstd', 'compress', 'x-compress'].includes(name));
  if (strange !== undefined)
    throw new UnreadableBody(`answer is compressed with ${strange}, which was not requested`);
  if (known.length > 3) throw new UnreadableBody('answer is compressed more than three times');
  // Other names, such as utf-8, are no codings: people write them by mistake.
  return known;
}

async function unpacked(body: Readable, codings: readonly string[]): Promise<AsyncIterable<Uint8Array>> {
  let stream = body;
  for (const coding of [...codings].reverse()) {
    const [first, whole] = await peek(stream);
    if (first === undefined) return whole;
    // Errors of an earlier stream reach the reader of the last one.
    stream = pipeline(whole, unpackerOf(coding, first), () => {});
  }
  return stream;
}

function unpackerOf(coding: string, first: Uint8Array) {
  if (coding === 'br') return createBrotliDecompress();
  if (coding !== 'deflate') return createGunzip();
  // Many servers leave out the zlib header.
  return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}

/** The first bytes, and a stream of all of them. */
async function peek(stream: Readable): Promise<[Uint8Array | undefined, Readable]> {
  const rest = stream.iterator() as AsyncIterator<Uint8Array, undefined>;
  const first = await rest.next();
  async function* all() {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  }
  return [first.done === true ? undefined : first.value, Readable.from(all(), { objectMode: false })];
}

function isUnpacking(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(?:Z_|ERR_)/.test(code) && code !== 'ERR_STREAM_PREMATURE_CLOSE';
}

function decoderOf(headers: Headers, first: Uint8Array | undefined): InstanceType<typeof TextDecoder> {
  const mark = Buffer.from(first?.subarray(0, 3) ?? []).toString('hex');
  const marked = mark.startsWith('fffe') ? 'utf-16le' : mark.startsWith('feff') ? 'utf-16be' : undefined;
  const named = /charset\s*=\s*"?([\w.:-]+)/i.exec(String(headers['content-type'] ?? ''))?.[1];
  try {
    return new TextDecoder(mark === 'efbbbf' ? 'utf-8' : (marked ?? named));
  } catch {
    return new TextDecoder();
  }
}
