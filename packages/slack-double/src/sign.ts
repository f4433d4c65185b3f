import { createHmac } from 'node:crypto';

/** Slack's signature, version 0: HMAC-SHA256 over `v0:<timestamp>:<raw body>`. */
export function signature(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

/** The two headers that prove to the bot that Slack sent `body`. `atMs` is the instant of signing. */
export function signedHeaders(secret: string, body: string, atMs: number): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  return {
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': signature(secret, timestamp, body),
  };
}
