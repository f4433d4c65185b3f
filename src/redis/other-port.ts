import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { codeOf } from '../net/explain.ts';
import type { HostPort } from './connector.ts';
import { SetupError } from './setup-error.ts';

/** How long a server may take to show which protocol it speaks, ms. */
const lookMs = 700;

/**
 * Explains a connection that failed because one side speaks TLS and the other does not: neither says so. The port is
 * tried the other way, without a password. Resolves to a `SetupError`, or to `error` itself when the attempt shows
 * nothing.
 */
export async function lookAgain(error: unknown, place: HostPort, tls: boolean): Promise<unknown> {
  if (error instanceof SetupError || !isVague(error)) return error;
  const other = tls ? await speaksPlain(place) : await speaksTls(place);
  return other ? new SetupError(tls ? 'port-is-plain' : 'port-is-tls') : error;
}

/** Returns true for errors that a wrong port can cause. */
function isVague(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error && error.message.startsWith('Connection is closed');
  return /^(ECONNRESET|ETIMEDOUT|EPIPE|EPROTO|ERR_SSL_WRONG_VERSION_NUMBER)$/.test(code);
}

function speaksPlain(place: HostPort): Promise<boolean> {
  const socket = connectTcp({ ...place, timeout: lookMs });
  return new Promise((resolve) => {
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data: Buffer) => end(/^[+-]/.test(data.toString('latin1'))));
    socket.once('timeout', () => end(false));
    socket.once('close', () => end(false));
    socket.once('error', () => end(false));
  });
}

function speaksTls(place: HostPort): Promise<boolean> {
  // Nothing is sent, so the owner of the certificate does not matter.
  const socket = connectTls({ ...place, timeout: lookMs, rejectUnauthorized: false });
  return new Promise((resolve) => {
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('secureConnect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('close', () => end(false));
    socket.on('error', (error) => end(/_ALERT_/.test(codeOf(error) ?? '')));
  });
}
