import type { IncomingMessage } from 'node:http';
import { mostBytes } from '../listening.ts';

/** Why a request is refused: status and words. */
export interface Denial {
  status: number;
  words: string;
}

/** A header that a page of another site cannot send without a preflight; for clients that are no browsers. */
export const ownHeader = 'x-switchback-play';

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Refuses requests that cannot come from the page itself. A page of another site in the same browser can send requests
 * here too: it has another `Origin`, and a name that it points to 127.0.0.1 is another `Host`.
 */
export function denialOf({ method, headers }: IncomingMessage, port: number): Denial | undefined {
  const hosts = loopback.map((name) => `${name}:${port}`);
  if (!hosts.includes(headers.host ?? '')) return { status: 421, words: 'not a host of this page' };
  const { origin } = headers;
  const own = origin !== undefined && hosts.some((host) => origin === `http://${host}`);
  if (origin !== undefined && !own) return { status: 403, words: 'not from this page' };
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST') return { status: 405, words: 'GET or POST' };
  if (!own && headers[ownHeader] === undefined) return { status: 403, words: 'not from this page' };
  // A body without an announced length is cut off where it becomes too long.
  if (Number(headers['content-length'] ?? 0) > mostBytes) return { status: 413, words: 'too large' };
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase() === 'application/json'
    ? undefined
    : { status: 415, words: 'application/json only' };
}

/** The headers of every answer. `scripts`: hashes of inline scripts, as CSP sources. */
export function guardHeaders(scripts: readonly string[]): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `script-src ${["'self'", ...scripts].join(' ')}`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // Another run is another page, perhaps of another version.
    'cache-control': 'no-store',
  };
}
