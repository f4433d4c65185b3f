import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { BodyProof } from './source.ts';

/** Compares in constant time, whatever the lengths. */
export function constantTimeEqual(one: string, two: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(two));
}

/** `Authorization` gives this token: as bearer, or as the password of basic auth, whoever the user. */
export function hasToken(header: string | undefined, token: string): boolean {
  const [, scheme = '', given = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(header ?? '') ?? [];
  if (given === '') return false;
  if (scheme.toLowerCase() === 'bearer') return constantTimeEqual(given, token);
  if (!/^[A-Za-z0-9+/=]+$/.test(given)) return false;
  const pair = Buffer.from(given, 'base64').toString();
  return constantTimeEqual(pair.slice(pair.indexOf(':') + 1), token);
}

/** That a body has this signature: the hexadecimal HMAC-SHA256 of these parts and the body, one after the other. */
export function signedAs(signature: string, secret: string, ...before: string[]): BodyProof {
  const sum = createHmac('sha256', secret);
  for (const part of before) sum.update(part);
  return {
    write: (piece) => void sum.update(piece),
    end: () => constantTimeEqual(signature, sum.digest('hex')),
  };
}

/** One header's value; undefined when it is missing or given twice. */
export function singleHeader(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** It has the form of a hexadecimal HMAC-SHA256. */
export function isDigest(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text);
}

/** A timestamp in seconds is within five minutes of `now` (ms), either way. */
export function isRecent(timestamp: string | undefined, now: number): timestamp is string {
  const off = secondsOff(timestamp, now);
  return off !== undefined && Math.abs(off) <= 300;
}

/** How far a timestamp in seconds is ahead of `now` (ms), in seconds; undefined: it is none. */
export function secondsOff(timestamp: string | undefined, now: number): number | undefined {
  return timestamp !== undefined && /^\d{1,12}$/.test(timestamp) ? Number(timestamp) - now / 1000 : undefined;
}
