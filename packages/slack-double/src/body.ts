import type { IncomingMessage } from 'node:http';

/** Most bytes of a body on either side. */
export const MOST_BYTES = 4 * 1024 * 1024;

/** The whole body as text; undefined when it is larger than `MOST_BYTES`. Rejects when the connection breaks. */
export async function readBody(from: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
