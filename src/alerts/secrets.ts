import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Compares in constant time, whatever the lengths. */
export function same(one: string, two: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(two));
}

/** `Authorization` gives this token: as bearer, or as the password of basic auth, whoever the user. */
export function hasToken(header: string | undefined, token: string): boolean {
  const [, scheme = '', given = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(header ?? '') ?? [];
  if (given === '') return false;
  if (scheme.toLowerCase() === 'bearer') return same(given, token);
  if (!/^[A-Za-z0-9+/=]+$/.test(given)) return false;
  const pair = Buffer.from(given, 'base64').toString();
  return same(pair.slice(pair.indexOf(':') + 1), token);
}

/** Hexadecimal HMAC-SHA256 of these parts, one after the other. */
export function hmac(secret: string, ...parts: (string | Buffer)[]): string {
  const sum = createHmac('sha256', secret);
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
}

/** One header's value; undefined when it is missing or given twice. */
export function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** It has the form of what `hmac` gives. */
export function isDigest(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text);
}

/** A timestamp in seconds is within five minutes of `now` (ms), either way. */
export function timely(timestamp: string | undefined, now: number): timestamp is string {
  return (
    timestamp !== undefined && /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1000 - Number(timestamp)) <= 300
  );
}
