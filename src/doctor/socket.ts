/** Checks whether Socket Mode works, and whether another bot uses the same app token. */
import type { Config } from '../config.ts';
import type { PinoLog } from '../log.ts';
import { withDeadline } from '../net/deadline.ts';
import { systemClock } from '../release/clock.ts';
import { clientOptions, makeClient } from '../slack/client.ts';
import { readFrame } from '../slack/socket-mode.ts';
import { socketReceiver } from '../slack/receivers.ts';
import { sharedFix, sharedWords } from '../slack/shared-token.ts';
import { tokenErrors } from '../slack/slack-errors.ts';
import { askSlack } from './ask-slack.ts';
import type { Failed } from './ask-slack.ts';
import { fine, wrong } from './finding.ts';
import type { Finding } from './finding.ts';

const name = 'Socket Mode token';
const helloWithinMs = 10_000;

/** Runs both checks in Socket Mode. `replicas`: the running replicas of the bot; undefined: unknown. */
export async function* examineSocket(
  { slack }: Config,
  log: PinoLog,
  replicas: () => Promise<number | undefined>,
): AsyncGenerator<Finding> {
  if (slack.appToken === undefined) return;
  const parts = { apiUrl: slack.apiUrl, log, observe: { slackCall: () => undefined } };
  const client = makeClient({ token: slack.appToken, ...parts });
  const opened = await askSlack(client.apps.connections.open({}));
  if (!opened.ok) return yield tokenTrouble(opened);
  yield fine(name, 'accepted: Slack offers a connection');
  const connections = await countAtHello(slack.appToken, parts, log);
  const socket = 'Socket Mode connection';
  if (connections === undefined)
    return yield wrong(
      socket,
      'Slack gave an address, but no WebSocket to it could be opened',
      'let this machine reach wss-primary.slack.com on port 443; a proxy must allow WebSockets',
    );
  // Slack counts this connection too.
  const others = connections - 1;
  const known = await replicas();
  const counted = `open; ${others} others are counted`;
  if (known === undefined) yield fine(socket, `${counted}, and nobody knows how many replicas run`);
  else if (others > known) yield wrong(socket, sharedWords(others, known), sharedFix);
  else yield fine(socket, `${counted}, and ${known} replicas run`);
}

function tokenTrouble({ word = '', error, fix }: Failed): Finding {
  if (word === 'missing_scope')
    return wrong(
      name,
      'does not have the scope connections:write',
      'make an app-level token with connections:write (Basic Information → App-Level Tokens) and put it into SLACK_APP_TOKEN',
    );
  const copy = tokenErrors.has(word) ? 'copy' : 'turn Socket Mode on for the app, and copy';
  return wrong(name, error, fix ?? `${copy} an app-level token (xapp-…) into SLACK_APP_TOKEN`);
}

/**
 * The number of connections in Slack's hello to a connection that is closed at once: while it is open, Slack may send
 * it a person's request. Undefined: no hello came.
 */
async function countAtHello(
  appToken: string,
  parts: Parameters<typeof clientOptions>[0],
  log: PinoLog,
): Promise<number | undefined> {
  const options = clientOptions(parts, { accepted: false });
  const { client } = socketReceiver(appToken, options, systemClock, log).socket;
  let connections: number | undefined;
  client.on('ws_message', (frame) => {
    connections ??= readFrame(frame)?.connections;
  });
  try {
    await withDeadline(helloWithinMs, new AbortController().signal, () => client.start());
  } catch {
    // The missing hello is enough of an answer.
  } finally {
    client.disconnect().catch(() => {});
  }
  return connections;
}
