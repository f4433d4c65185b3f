import type { SocketModeReceiver } from '@slack/bolt';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';

const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** Slack must have said hello by then, ms. */
const helloWithinMs = 15_000;

/**
 * Keeps Slack's WebSocket open until `signal` aborts: connects again at once when Slack ends a connection (it does, every
 * few hours), and with growing pauses when it cannot be reached. Never rejects.
 */
export async function keepConnected(
  { client }: Pick<SocketModeReceiver, 'client'>,
  { clock, log, signal }: { clock: Clock; log: Log; signal: AbortSignal },
): Promise<void> {
  let pauseMs = firstPauseMs;
  const stop = (): void => void client.disconnect().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  while (!signal.aborted) {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    client.once('disconnected', end);
    const hurry = new AbortController();
    void clock.sleep(helloWithinMs, hurry.signal).then(() => (hurry.signal.aborted ? undefined : stop()));
    try {
      await client.start();
      hurry.abort();
      log.info({}, 'Connected to Slack by Socket Mode');
      pauseMs = firstPauseMs;
      await ended;
      if (!signal.aborted) log.info({}, 'Slack ended the Socket Mode connection');
    } catch (cause) {
      hurry.abort();
      client.off('disconnected', end);
      log.warn({ err: cause }, 'Slack could not be reached by Socket Mode');
      await clock.sleep(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}
