import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { BodyProof } from './source.ts';

/** Compares in constant time, for any lengths. */
export function constantTimeEqual(one: string, two: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(two));
}

/** True when `Authorization` gives this token: as bearer, or as the password of basic auth, with any user. */
export function hasToken(header: string | undefined, token: string): boolean {
  const [, scheme = '', given = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(header ?? '') ?? [];
  if (given === '') return false;
  if (scheme.toLowerCase() === 'bearer') return constantTimeEqual(given, token);
  if (!/^[A-Za-z0-9+/=]+$/.test(given)) return false;
  const pair = Buffer.from(given, 'base64').toString();
  return constantTimeEqual(pair.slice(pair.indexOf(':') + 1), token);
}

/** Checks a body's signature: the hexadecimal HMAC-SHA256 of these parts and the body, in order. */
export function signedAs(signature: string, secret: string, ...before: string[]): BodyProof {
  const sum = createHmac('sha256', secret);
  for (const part of before) sum.update(part);
  return {
    write: (piece) => void sum.update(piece),
    end: () => constantTimeEqual(signature, sum.digest('hex')),
  };
}

/** A header's value; undefined when it is missing or occurs twice. */
export function singleHeader(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** True for the form of a hexadecimal HMAC-SHA256. */
export function isDigest(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text);
}

/** True when a timestamp in seconds is within five minutes of `now` (ms), either way. */
export function isRecent(timestamp: string | undefined, now: number): timestamp is string {
  const off = secondsOff(timestamp, now);
  return off !== undefined && Math.abs(off) <= 300;
}

/** How far a timestamp in seconds is ahead of `now` (ms), in seconds; undefined: not a timestamp. */
export function secondsOff(timestamp: string | undefined, now: number): number | undefined {
  return timestamp !== undefined && /^\d{1,12}$/.test(timestamp) ? Number(timestamp) - now / 1000 : undefined;
}
