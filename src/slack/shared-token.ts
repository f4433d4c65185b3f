/** Detects another bot that uses the same app token: Slack then gives it a part of the commands and presses. */
import type { Clock } from '../release/clock.ts';
import { line } from '../release/line.ts';
import type { Log } from '../release/parts.ts';
import type { Outbox } from '../release/store.ts';

/** The connections that Slack counted at this bot's newest hello, and the bot's replicas in Redis at that time. */
export interface CountedSockets {
  connections: number;
  replicas: number;
  /** True after two counts some time apart: another bot has connections too. */
  shared: boolean;
}

/** What the check needs. */
export interface SharedTokenParts {
  /** Replicas of this bot that run now, this one included; undefined: nobody knows. */
  replicas: () => Promise<number | undefined>;
  outbox: Pick<Outbox, 'post'>;
  defaultChannel: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** Called with each new count. */
  found: (counted: CountedSockets) => void;
  /** Reconnects, so that Slack counts again. */
  again: () => void;
}

/** A new replica may not be in Redis yet, and Slack counts a broken connection for a while, ms. */
const graceMs = 90_000;
const onceMs = 86_400_000;
/** The service name of this notice, which belongs to none. */
const noService = '@slack';

/**
 * Makes the function that runs at each hello. When Slack counts more connections than replicas, a fresh hello after a
 * while counts again. If there are still too many, that is logged, kept for readiness, and announced once a day in the
 * default channel.
 */
export function watchForSharedToken(parts: SharedTokenParts): (connections: number) => void {
  const { replicas, outbox, defaultChannel, clock, log, signal, found, again } = parts;
  let doubtedSince: number | undefined;
  let shared = false;
  let newest = 0;

  const tell = async (connections: number, known: number): Promise<void> => {
    const notice = {
      id: crypto.randomUUID(),
      service: noService,
      release: null,
      kind: 'broadcast' as const,
      text: line`${{ bold: sharedWords(connections, known) }}. It gets a part of all commands and presses, and answers them from another state. ${sharedFix}.`,
      channel: defaultChannel,
    };
    await outbox.post([notice], { key: 'shared-app-token', ms: onceMs });
  };

  const look = async (connections: number): Promise<void> => {
    newest += 1;
    const mine = newest;
    const known = await replicas();
    if (known === undefined || mine !== newest) return;
    const counted = { connections, replicas: known };
    if (connections <= known) {
      if (shared) log.info(counted, 'Nobody else uses the app token now');
      doubtedSince = undefined;
      shared = false;
      return found({ ...counted, shared });
    }
    doubtedSince ??= clock.mono();
    const leftMs = doubtedSince + graceMs - clock.mono();
    const sure = shared || leftMs <= 0;
    found({ ...counted, shared: sure });
    if (sure) {
      if (shared) return;
      log.warn(counted, `${sharedWords(connections, known)}; ${sharedFix}`);
      await tell(connections, known);
      shared = true;
      return;
    }
    await clock.sleep(leftMs, signal);
    if (signal.aborted || mine !== newest) return;
    if (connections > ((await replicas()) ?? Infinity)) again();
    else doubtedSince = undefined;
  };
  // Other code reports an unavailable storage, and the next hello counts again.
  return (connections) => void look(connections).catch(() => undefined);
}

/** `2 connections, 1 replica known: somebody else uses this app token`. */
export function sharedWords(connections: number, replicas: number): string {
  const counted = `${connections} ${connections === 1 ? 'connection' : 'connections'}`;
  const known = replicas === 1 ? '1 replica known' : `${replicas} replicas known`;
  return `Slack counts ${counted}, ${known}: somebody else uses this app token (SLACK_APP_TOKEN)`;
}

/** What to do about it. */
export const sharedFix = 'Stop the other bot, or give it a Slack app and a token of its own';
