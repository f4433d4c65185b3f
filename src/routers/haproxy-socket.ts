import { connect, type Socket } from 'node:net';
import { DeadlinePassed } from '../net/deadline.ts';
import { codeOf, explain, whyAborted } from '../net/explain.ts';
import { onAbort } from '../net/on-abort.ts';
import { systemClock } from '../release/clock.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';

/** `tcp://host:port` or `unix:/path` of HAProxy's runtime API. */
export const addressPattern =
  /^(?:tcp:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[1-9]\d{0,4}|unix:\/[^\s]+)$/;

/** One command to one instance. Milliseconds and bytes. */
export interface RuntimeCommand {
  address: string;
  /** Without the newline: one command, or several with `;` between them. Names in it hold neither. */
  command: string;
  /** The deadline for connecting, and again for the answer. */
  deadlineMs: number;
  maxBytes: number;
  signal: AbortSignal;
  /** Checked when the connection is open, right before the one write; false: nothing is sent. */
  mayWrite?: () => boolean;
}

/**
 * The result of a command. `unreachable`: nothing was sent. `unclear`: sent, but no whole answer came (`begun`: a part
 * of it did). `detail` is for people.
 */
export type RuntimeReply =
  | { outcome: 'answered'; text: string }
  | { outcome: 'unreachable' | 'unclear'; detail: string; begun?: boolean };

/** All stats sockets together serve ten connections at once, unless `stats maxconn` says more; others wait. */
const slots =
  'HAProxy takes connections but does not answer: are all slots of its stats socket in use? Raise stats maxconn (10 by default, for all stats sockets together)';

/** Sends one command on a connection of its own and reads the answer to its end. Never throws. */
export function askHaproxy(it: RuntimeCommand): Promise<RuntimeReply> {
  return new Promise((resolve) => {
    if (it.signal.aborted) return resolve({ outcome: 'unreachable', detail: whyAborted(it.signal) });
    const socket = open(it.address);
    const chunks: Buffer[] = [];
    let size = 0;
    let sent = false;
    let callOff = stallTolerantTimer(systemClock, it.deadlineMs, late);

    const text = () => Buffer.concat(chunks).toString('utf8');
    const end = (reply: RuntimeReply) => {
      callOff();
      off();
      socket.destroy();
      resolve(reply);
    };
    const fail = (detail: string) =>
      end({ outcome: sent ? 'unclear' : 'unreachable', detail, ...(size > 0 && { begun: true }) });
    // The connection was accepted, and then nothing came.
    const silent = (why: string) => fail(sent && size === 0 ? `${why}; ${slots}` : why);
    // HAProxy ends every answer with an empty line and then closes; without that the connection broke.
    const finish = (otherwise: string, broken = fail) => {
      const answer = text();
      if (answer === '\n' || answer.endsWith('\n\n')) end({ outcome: 'answered', text: answer.trim() });
      else broken(otherwise);
    };
    function late(): void {
      if (sent) finish(new DeadlinePassed(it.deadlineMs).message, silent);
      else fail('no connection in time');
    }
    const off = onAbort(it.signal, () => {
      const { reason } = it.signal;
      const timeIsUp = reason instanceof DOMException && reason.name === 'TimeoutError';
      return (timeIsUp ? silent : fail)(whyAborted(it.signal));
    });
    socket.once('connect', () => {
      if (it.mayWrite && !it.mayWrite()) return fail('not sent: the lease of the service ends too soon');
      sent = true;
      socket.write(`${it.command}\n`);
      callOff();
      callOff = stallTolerantTimer(systemClock, it.deadlineMs, late);
    });
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > it.maxBytes) fail(`answer larger than ${Math.floor(it.maxBytes / 1024)} kB`);
      else chunks.push(chunk);
      // The master refuses and leaves the connection open.
      if (size < 8192 && /^unknown command.*\n\n$/is.test(text())) finish('');
    });
    socket.on('end', () => finish('connection closed before the whole answer'));
    // So many wait for a slot of a unix socket that the system accepts no more.
    const full = (error: Error): boolean => codeOf(error) === 'EAGAIN';
    socket.on('error', (error) => finish(full(error) ? slots : explain(error)));
    socket.on('close', () => finish('connection closed before an answer'));
  });
}

function open(address: string): Socket {
  if (address.startsWith('unix:')) return connect({ path: address.slice('unix:'.length) });
  const { hostname, port } = new URL(address);
  return connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
}
