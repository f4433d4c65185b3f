import { expect, it } from 'vitest';
import { turnedAway } from '../../src/redis/turned-away.ts';

it.each([
  'WRONGPASS',
  'NOAUTH',
  'NOPERM',
  'READONLY',
  'MASTERDOWN',
  'MOVED',
  'ASK',
  'DENIED',
  'ERR',
  'is-sentinel',
  'unknown-master',
  'a sentinel does not know the master',
  'sentinel-wants-password',
  'port-is-plain',
  'port-is-tls',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'Protocol error, got "H" as reply type byte',
])('%s is an answer to this process', (trouble) => {
  expect(turnedAway(trouble)).toBe(true);
});

it.each([
  undefined,
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'Connection is closed.',
  'connect ETIMEDOUT',
  'Command timed out',
  "Socket timeout. Expecting data, but didn't receive any in 500ms.",
  'nobody to ask',
  'OOM',
  'MISCONF',
  'NOREPLICAS',
  'LOADING',
  'CLUSTERDOWN',
  'no-owner',
])('%s does not count as a refusal: nobody answered, or nobody can write', (trouble) => {
  expect(turnedAway(trouble)).toBe(false);
});
