import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Compares in constant time, whatever the lengths. */
export function same(one: string, two: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(two));
}

/** The token of `Authorization: Bearer …` is this one. */
export function hasBearer(header: string | undefined, token: string): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? [];
  return given !== undefined && same(given, token);
}

/** The password of `Authorization: Basic …` is this token, whoever the user. */
export function hasBasic(header: string | undefined, token: string): boolean {
  const [, given] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  if (given === undefined) return false;
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

/** A timestamp in seconds is within five minutes of `now` (ms), either way. */
export function timely(timestamp: string | undefined, now: number): boolean {
  return (
    timestamp !== undefined && /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1000 - Number(timestamp)) <= 300
  );
}
