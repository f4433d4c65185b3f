import { z } from 'zod';

/** An http or https URL, kept as written. The message never repeats it: it may hold credentials. */
export const httpUrlSchema = z.string().refine(isHttpUrl, 'must be an http:// or https:// URL');

/** A bearer token: printable ASCII, so that it cannot break out of its header. The message never repeats it. */
export const tokenSchema = z.string().regex(/^[\x21-\x7e]+$/, 'must be non-empty, without spaces');

/** True for an absolute HTTP URL. */
export function isHttpUrl(text: string): boolean {
  const url = parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '';
}

/** Host and path of a URL, for people: no credentials, no query, no fragment. */
export function shownUrl(text: string): string {
  const url = new URL(text);
  return url.host + (url.pathname === '/' ? '' : url.pathname);
}

/** A path below a color's URL: absolute, its query kept, without `..`, `\`, `#` or spaces. */
export const pathSchema = z
  .string()
  .regex(/^\/[^\s#\\]*$/, 'must begin with / and contain no spaces, # or \\')
  .refine((path) => !path.startsWith('//'), 'must not begin with //')
  .refine((path) => !/(^|\/)(\.|%2e){2}(\/|$)/i.test(withoutQuery(path)), 'must not contain ..');

/** The user or the password of a URL, decoded. What is not percent-encoded, such as a bare %, stays as it is written. */
export function decoded(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

/** The path without its query, which may hold a secret. */
export function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

/** Appends a path (see `pathSchema`) to a base URL; scheme, host and port are always those of the base. */
export function joinUrl(base: string, path: string): URL {
  const url = new URL(base);
  const plain = withoutQuery(path);
  url.pathname = url.pathname.replace(/\/+$/, '') + plain;
  url.search = path.slice(plain.length);
  url.hash = '';
  return url;
}

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
