/** The entry for Slack: one Bolt app, over HTTP or Socket Mode, with the same listeners. */
import { App } from '@slack/bolt';
import type { Clock } from '../release/clock.ts';
import { libraryLogger } from '../log.ts';
import type { PinoLog } from '../log.ts';
import type { Lobby } from '../net/lobby.ts';
import type { Roles } from '../release/settings.ts';
import type { Outbox } from '../release/store.ts';
import { clientOptions } from './client.ts';
import type { ObserveSlack, SlackClient, SlackState } from './client.ts';
import { keepConnected } from './socket-mode.ts';
import type { SocketClient } from './socket-mode.ts';
import { makeDenials } from './denials.ts';
import type { KnownIdentity } from './identity.ts';
import { listen } from './listen.ts';
import { tellOdd } from './odd-press.ts';
import { httpReceiver, socketReceiver } from './receivers.ts';
import type { SlackRequest } from './receivers.ts';
import { sanitized } from './sanitize.ts';
import { watchForSharedToken } from './shared-token.ts';
import type { TeamMembership } from './membership.ts';
import type { Desk } from './subcommands/subcommand.ts';
import { makeRespond } from './respond.ts';

/** How Slack reaches the bot. */
export type SlackMode = { kind: 'http'; signingSecret: string } | { kind: 'socket'; appToken: string };

const stopWithinMs = 2_000;

/** What the Slack app needs. */
export interface SlackAppParts {
  mode: SlackMode;
  token: string;
  apiUrl: string;
  client: SlackClient;
  identity: KnownIdentity;
  /** Finds the workspace of a person whose payload does not say it. */
  standing: TeamMembership;
  state: SlackState;
  desk: Desk;
  outbox: Pick<Outbox, 'findMessage' | 'card' | 'redraw' | 'post'>;
  /** The channel for notices about the whole bot. */
  defaultChannel: string;
  /** Replicas of the bot that run now; undefined: nobody knows. */
  replicas: () => Promise<number | undefined>;
  /** Every list of roles in the configuration. A bot may use commands only when it is listed by id. */
  lists: () => Iterable<Roles>;
  clock: Clock;
  log: PinoLog;
  observe: ObserveSlack;
  /** Buffer for bodies whose signature is not verified yet. */
  lobby: Lobby;
}

/** The running Slack app. */
export interface SlackApp {
  /** Handles `POST /slack/events`; undefined in Socket Mode. */
  request: SlackRequest | undefined;
  /** Ends the connection and the answers still to send. Requests under way are answered. */
  stop(): Promise<void>;
}

/** Starts the app. Waits for nothing: Slack may be unavailable. */
export function startSlackApp(parts: SlackAppParts): SlackApp {
  const { mode, client, apiUrl, clock, log, identity, token } = parts;
  const ending = new AbortController();
  const { signal } = ending;
  const http =
    mode.kind === 'http' ? httpReceiver({ ...parts, signingSecret: mode.signingSecret }) : undefined;
  const socket =
    mode.kind === 'socket'
      ? socketReceiver(mode.appToken, clientOptions(parts, parts.state), clock, log)
      : undefined;
  const receiver = http?.receiver ?? socket?.receiver;
  if (receiver === undefined) throw new Error('no way for Slack to reach the bot');

  const respond = makeRespond({ client, apiUrl, clock, log, signal });
  const app = new App({
    receiver: sanitized(receiver, { log, odd: (body) => tellOdd(body, { respond, log }) }),
    // Bolt does not get the token: it would ask `auth.test` at once, and fail each request while Slack is unavailable.
    authorize: async () => {
      const known = identity.current();
      return {
        botToken: token,
        ...(known && { botUserId: known.user }),
        ...(known?.bot !== undefined && { botId: known.bot }),
      };
    },
    logger: libraryLogger(log, 'bolt'),
    clientOptions: clientOptions(parts, parts.state),
    convoStore: false,
  });
  app.error(async (error) => {
    log.error({ err: error }, 'A request from Slack failed');
    throw error;
  });
  listen(app, { ...parts, respond, mayDeny: makeDenials(() => clock.mono()), signal });

  const connection = socket === undefined ? Promise.resolve() : connected(socket.socket, parts, signal);
  return {
    request: http?.request,
    async stop() {
      ending.abort();
      // A question to Slack that is under way must not delay the end of the process.
      await Promise.race([connection, clock.sleep(stopWithinMs)]);
    },
  };
}

/** Keeps the WebSocket open, and checks how many connections Slack counts. */
function connected(
  socket: { client: SocketClient },
  parts: SlackAppParts,
  signal: AbortSignal,
): Promise<void> {
  const counted = watchForSharedToken({
    ...parts,
    signal,
    found: (sockets) => void (parts.state.sockets = sockets),
    again: () => void socket.client.disconnect().catch(() => {}),
  });
  return keepConnected(socket, { ...parts, signal, counted });
}
