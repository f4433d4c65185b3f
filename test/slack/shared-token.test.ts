import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { openMemory } from '../../src/memory/memory.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Workspace } from '../../packages/slack-double/src/index.ts';
import { plain } from '../../src/release/line.ts';
import { clientOptions } from '../../src/slack/client.ts';
import { keepConnected } from '../../src/slack/socket-mode.ts';
import { socketReceiver } from '../../src/slack/receivers.ts';
import { watchForSharedToken } from '../../src/slack/shared-token.ts';
import type { CountedSockets } from '../../src/slack/shared-token.ts';
import { until } from '../support/until.ts';
import { virtualClock } from '../support/virtual-clock.ts';

let slack: Workspace;
let clock: ReturnType<typeof virtualClock>;
let memory: ReturnType<typeof openMemory>;
let ending: AbortController;
let connected: Promise<void>;
let replicas: number | undefined;
const found: CountedSockets[] = [];
const warned: string[] = [];

/** One replica over Socket Mode, connected. */
async function connect(): Promise<void> {
  const { SLACK_APP_TOKEN: token = '', SLACK_API_URL: apiUrl = '' } = slack.env('socket');
  const quiet = makeLog({ level: 'silent' });
  const options = clientOptions(
    { apiUrl, log: quiet, observe: { slackCall: () => {} } },
    { accepted: false },
  );
  const { socket } = socketReceiver(token, options, clock, quiet);
  const { signal } = ending;
  let isConnected = false;
  const info = (_: object, text: string): void => void (isConnected ||= text.startsWith('Connected'));
  const log = { info, warn: (_: object, text: string) => void warned.push(text), error: () => {} };
  const counted = watchForSharedToken({
    replicas: async () => replicas,
    outbox: memory.outbox,
    defaultChannel: 'C0RELEASES',
    clock,
    log,
    signal,
    found: (sockets) => void found.push(sockets),
    again: () => void socket.client.disconnect(),
  });
  connected = keepConnected(socket, { clock, log, signal, counted });
  await until('it is connected', () => isConnected);
}

const told = async (): Promise<string[]> =>
  (await memory.outbox.pending('C0RELEASES', 10)).notices.map(({ text }) => plain(text));

beforeEach(async () => {
  slack = await openWorkspace();
  clock = virtualClock();
  memory = openMemory({ clock });
  ending = new AbortController();
  replicas = 1;
  found.length = 0;
  warned.length = 0;
});

afterEach(async () => {
  ending.abort();
  await connected;
  await slack.close();
});

test('the bot reports once that there are more connections than replicas, also after a while', async () => {
  slack.levers.strangers(1);
  await connect();
  await until('it was counted', () => found.length === 1);
  expect(found).toEqual([{ connections: 2, replicas: 1, shared: false }]);
  expect(await told()).toEqual([]);
  await clock.advance(90_000);
  await until('it was counted again', async () => (await told()).length === 1);
  expect(found.at(-1)).toEqual({ connections: 2, replicas: 1, shared: true });
  const words = 'Slack counts 2 connections, 1 replica known: somebody else uses this app token';
  expect(warned).toEqual([expect.stringContaining(words)]);
  expect(await told()).toEqual([expect.stringContaining(words)]);
  await clock.advance(30_000);
  slack.sockets.refresh('all');
  await until('it was counted a third time', () => found.length === 3);
  expect(warned).toHaveLength(1);
  expect(await told()).toHaveLength(1);
});

test('the bot does not report a connection that broke and is counted for a while', async () => {
  slack.levers.strangers(1);
  await connect();
  await until('it was counted', () => found.length === 1);
  slack.levers.strangers(0);
  await clock.advance(90_000);
  await until('it was counted again', () => found.length === 2);
  expect(found.at(-1)).toEqual({ connections: 1, replicas: 1, shared: false });
  expect(await told()).toEqual([]);
});

test('a replica that shows itself later ends the doubt without another connection', async () => {
  slack.levers.strangers(1);
  await connect();
  await until('it was counted', () => found.length === 1);
  replicas = 2;
  await clock.advance(90_000);
  expect(slack.calls('apps.connections.open')).toHaveLength(1);
  expect(await told()).toEqual([]);
});

test('the bot says nothing where nobody knows how many replicas run', async () => {
  slack.levers.strangers(4);
  replicas = undefined;
  await connect();
  await clock.advance(90_000);
  expect(found).toEqual([]);
  expect(slack.calls('apps.connections.open')).toHaveLength(1);
});
