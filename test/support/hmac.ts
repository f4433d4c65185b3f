import { createHmac } from 'node:crypto';

/** Hexadecimal HMAC-SHA256 of these parts, one after the other. */
export function hmac(secret: string, ...parts: (string | Buffer)[]): string {
  const sum = createHmac('sha256', secret);
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
}
