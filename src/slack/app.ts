/** The way in: one Bolt app, over HTTP or Socket Mode, with the same listeners. */
import { App } from '@slack/bolt';
import type { Clock } from '../release/clock.ts';
import { libraryLogger } from '../log.ts';
import type { Log } from '../log.ts';
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
import type { OtherPress } from './listener-context.ts';
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

/** What the app is made of. */
export interface SlackAppParts {
  mode: SlackMode;
  token: string;
  apiUrl: string;
  client: SlackClient;
  identity: KnownIdentity;
  /** Whose somebody is, where a payload does not say it. */
  standing: TeamMembership;
  state: SlackState;
  desk: Desk;
  outbox: Pick<Outbox, 'findMessage' | 'card' | 'redraw' | 'post'>;
  /** Where everybody hears of what concerns the whole bot. */
  defaultChannel: string;
  /** Replicas of the bot that run now; undefined: nobody knows. */
  replicas: () => Promise<number | undefined>;
  /** Every list of roles in the configuration: a bot is heard only when listed by id. */
  lists: () => Iterable<Roles>;
  /** Buttons of other parts (alerts), by action id. */
  presses?: Readonly<Record<string, OtherPress>>;
  clock: Clock;
  log: Log;
  observe: ObserveSlack;
  /** Where bodies arrive of which it is not known who sends them. */
  lobby: Lobby;
}

/** The running way in. */
export interface SlackApp {
  /** Where `POST /slack/events` goes; undefined in Socket Mode. */
  request: SlackRequest | undefined;
  /** Ends the connection and what is still to be told. Requests under way are answered. */
  stop(): Promise<void>;
}

/** Starts it. Waits for nothing: Slack may be away. */
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
    // Not the token: Bolt would ask `auth.test` at once, and fail each request while Slack is away.
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
    log.error({ err: error }, 'A request of Slack failed');
    throw error;
  });
  listen(app, { ...parts, respond, mayDeny: makeDenials(() => clock.mono()), signal });

  const connection = socket === undefined ? Promise.resolve() : connected(socket.socket, parts, signal);
  return {
    request: http?.request,
    async stop() {
      ending.abort();
      // A question to Slack that is under way must not hold up the end of the process.
      await Promise.race([connection, clock.sleep(stopWithinMs)]);
    },
  };
}

/** Keeps the WebSocket open, and looks at how many Slack counts. */
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
