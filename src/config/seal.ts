import { createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Signs a text, with a key that who can only write to Redis does not have. */
export type Seal = (text: string) => string;

/**
 * Makes it from a secret that all replicas share: the bot token. Without one (a command line that has no token) the process
 * knows its own seals again, and nobody else does.
 */
export function makeSeal(secret: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret || randomBytes(32), '', 'switchback settings', 32));
  return (text) => createHmac('sha256', key).update(text).digest('base64url');
}
