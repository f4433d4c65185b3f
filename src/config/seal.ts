import { createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Signs a text. A person who can only write to Redis does not have the key. */
export type Seal = (text: string) => string;

/**
 * Makes a seal from a secret that all replicas share: the bot token. Without one (a command line without a token), only
 * this process can verify its own seals.
 */
export function makeSeal(secret: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret || randomBytes(32), '', 'switchback settings', 32));
  return (text) => createHmac('sha256', key).update(text).digest('base64url');
}
