import { webApi } from '@slack/bolt';
import type { SocketModeReceiver } from '@slack/bolt';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';

const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** Longest wait for Slack's hello, in ms. */
const helloWithinMs = 15_000;
/** Shortest successful connection, in ms: Slack may refuse one too many, or a proxy may end it, after the hello. */
const stoodMs = 30_000;

/** Socket Mode's client, whose frames are read here too. */
export type SocketClient = SocketModeReceiver['client'];

/** What keeping a connection needs. */
export interface ConnectionParts {
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** Called at each hello with the connections that Slack counts for this app token, this one included. */
  counted?: (connections: number) => void;
}

/**
 * Keeps Slack's WebSocket open until `signal` aborts. A connection that lasted is reopened at once (Slack ends each
 * every few hours). After one that ended soon or failed come growing, randomized pauses, never shorter than a
 * `Retry-After`. Never rejects.
 */
export async function keepConnected(
  { client }: { client: SocketClient },
  { clock, log, signal, counted }: ConnectionParts,
): Promise<void> {
  let pauseMs = firstPauseMs;
  let reason: string | undefined;
  const pause = async (leastMs: number): Promise<void> => {
    const ms = Math.max(leastMs, pauseMs * (0.75 + Math.random() / 2));
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    await clock.sleep(ms, signal);
  };
  const stop = (): void => void client.disconnect().catch(() => {});
  const read = (frame: unknown): void => {
    const about = readFrame(frame);
    if (about?.reason !== undefined) reason = about.reason;
    if (about?.connections !== undefined) counted?.(about.connections);
  };
  client.on('ws_message', read);
  signal.addEventListener('abort', stop, { once: true });
  while (!signal.aborted) {
    reason = undefined;
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    client.once('disconnected', end);
    const callOff = clock.after(helloWithinMs, stop);
    try {
      await client.start();
      callOff();
      log.info({}, 'Connected to Slack by Socket Mode');
      const since = clock.mono();
      await ended;
      const ms = Math.round(clock.mono() - since);
      if (signal.aborted) break;
      log.info({ reason: reason ?? 'none given', ms }, 'Slack ended the Socket Mode connection');
      if (ms >= stoodMs) pauseMs = firstPauseMs;
      else await pause(0);
    } catch (cause) {
      callOff();
      client.off('disconnected', end);
      const told = cause instanceof webApi.WebAPIRateLimitedError ? cause.retryAfter * 1_000 : 0;
      log.warn(
        { err: cause, ...(reason !== undefined && { reason }) },
        'Slack could not be reached by Socket Mode',
      );
      await pause(told);
    }
  }
  client.off('ws_message', read);
}

/** Reads a frame about the connection: how many Slack counts, or why this one ends. */
export function readFrame(frame: unknown): { connections?: number; reason?: string } | undefined {
  // Requests of people are longer, and are read elsewhere.
  if (typeof frame !== 'string' || frame.length > 4_096) return undefined;
  try {
    const { type, num_connections: connections, reason } = JSON.parse(frame) as Record<string, unknown>;
    if (type === 'hello' && Number.isSafeInteger(connections)) return { connections: Number(connections) };
    if (type === 'disconnect') return { reason: String(reason).slice(0, 64) };
  } catch {
    // The client reports this itself.
  }
  return undefined;
}
