import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { codeOf } from '../net/explain.ts';
import type { Place } from './discovery.ts';
import { SetupError } from './setup-error.ts';

/** How long a server may take to show what it speaks, ms. */
const lookMs = 700;

/**
 * What a failed connection becomes when the port speaks TLS and was not spoken to in it, or the other way round: neither
 * says so itself. It is asked the other way, without a password; the error itself when that gives nothing.
 */
export async function lookAgain(error: unknown, place: Place, tls: boolean): Promise<unknown> {
  if (error instanceof SetupError || !isVague(error)) return error;
  const other = tls ? await speaksPlain(place) : await speaksTls(place);
  return other ? new SetupError(tls ? 'port-is-plain' : 'port-is-tls') : error;
}

/** True for what a wrong port looks like from here. */
function isVague(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error && error.message.startsWith('Connection is closed');
  return /^(ECONNRESET|ETIMEDOUT|EPIPE|EPROTO|ERR_SSL_WRONG_VERSION_NUMBER)$/.test(code);
}

function speaksPlain(place: Place): Promise<boolean> {
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

function speaksTls(place: Place): Promise<boolean> {
  // Nothing is sent, so whose certificate it is does not matter.
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
