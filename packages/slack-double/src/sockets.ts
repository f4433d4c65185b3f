import type { Server } from 'node:http';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { afterRunning } from './running-timer.ts';
import { MOST_BYTES } from './body.ts';
import { FIXED } from './ids.ts';
import type { Ids } from './ids.ts';
import type { JsonObject } from './json.ts';
import { isObject, objectAt, parseJson, textAt } from './json.ts';
import type { HangUp, LeverState } from './levers.ts';

/** One Socket Mode message to the bot. */
export interface Envelope extends JsonObject {
  envelope_id: string;
  type: string;
  payload: JsonObject;
  accepts_response_payload: boolean;
}

/** The Socket Mode connections of the bot. */
export interface Sockets {
  /** A new address, valid for one connection. */
  url(): string;
  /** The number of connections that got their hello. */
  count(): number;
  /** Sends to the connections in turn. Returns the acknowledgement's payload, or why there is none. */
  send(
    envelope: Envelope,
    deadlineMs: number,
  ): Promise<{ payload: JsonObject | undefined } | { failed: 'timeout' | 'nobody' }>;
  /** Asks every connection, or the oldest only, to reconnect, as Slack does every few hours. */
  refresh(which?: 'all' | 'oldest', reason?: Exclude<HangUp, 'close'>): void;
  /** Drops every connection silently. */
  drop(): void;
  /** Asks all connections to close, and cuts those that do not within `GOODBYE_MS`. */
  close(): Promise<void>;
}

const PING_MS = 10_000;
const GOODBYE_MS = 500;
const MOST_TICKETS = 1_000;

/** Makes the Socket Mode server on `server`. `changed` is called when a connection comes or goes. */
export function makeSockets(
  server: Server,
  ids: Ids,
  origin: () => string,
  levers: Pick<LeverState, 'hangUp' | 'strangers'>,
  changed: () => void,
): Sockets {
  const open: WebSocket[] = [];
  const tickets = new Set<string>();
  /** The callers that wait for an acknowledgement; a repeated envelope has several, served in order. */
  const waiting = new Set<{ id: string; heard: (payload: JsonObject | undefined) => void }>();
  const acceptor = new WebSocketServer({ noServer: true, maxPayload: MOST_BYTES });
  let turn = 0;

  server.on('upgrade', (request, socket, head) => {
    const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? '';
    if (!tickets.delete(ticket)) return void socket.destroy();
    acceptor.handleUpgrade(request, socket, head, greet);
  });

  function greet(socket: WebSocket): void {
    open.push(socket);
    const pings = setInterval(() => socket.ping(), PING_MS).unref();
    socket.on('message', (data) => hear(String(data as Buffer)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(pings);
      const at = open.indexOf(socket);
      if (at >= 0) open.splice(at, 1);
      changed();
    });
    const about = { host: 'applink-playground', build_number: 1, approximate_connection_time: 18_060 };
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: open.length + levers.strangers(),
        debug_info: about,
        connection_info: { app_id: FIXED.app },
      }),
    );
    const reason = levers.hangUp();
    if (reason === 'close') socket.close(1000);
    else if (reason !== undefined) askToReconnect(socket, reason);
    changed();
  }

  function askToReconnect(socket: WebSocket, reason: string): void {
    const about = { host: 'applink-playground' };
    socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: about }));
  }

  function hear(text: string): void {
    const message = parseJson(text);
    if (!isObject(message)) return;
    const id = textAt(message, 'envelope_id');
    [...waiting].find((one) => one.id === id)?.heard(objectAt(message, 'payload'));
  }

  return {
    url() {
      const ticket = ids.secret();
      tickets.add(ticket);
      const [oldest] = tickets;
      if (tickets.size > MOST_TICKETS && oldest !== undefined) tickets.delete(oldest);
      return `${origin().replace('http:', 'ws:')}/link/?ticket=${ticket}&app_id=${FIXED.app}`;
    },
    count: () => open.length,
    send(envelope, deadlineMs) {
      const socket = open[turn % Math.max(open.length, 1)];
      turn += 1;
      if (!socket) return Promise.resolve({ failed: 'nobody' });
      return new Promise((resolve) => {
        const callOff = afterRunning(deadlineMs, () => settle({ failed: 'timeout' }));
        const settle = (outcome: { payload: JsonObject | undefined } | { failed: 'timeout' }) => {
          callOff();
          waiting.delete(waiter);
          resolve(outcome);
        };
        const waiter = {
          id: envelope.envelope_id,
          heard: (payload: JsonObject | undefined) => settle({ payload }),
        };
        waiting.add(waiter);
        socket.send(JSON.stringify(envelope), () => undefined);
      });
    },
    refresh(which = 'all', reason = 'refresh_requested') {
      const asked = which === 'all' ? [...open] : open.slice(0, 1);
      for (const socket of asked) askToReconnect(socket, reason);
    },
    drop: () => [...open].forEach((socket) => socket.terminate()),
    async close() {
      waiting.forEach(({ heard }) => heard(undefined));
      await Promise.all(open.map(goodbye));
      acceptor.close();
    },
  };
}

function goodbye(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), GOODBYE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(1001);
  });
}
