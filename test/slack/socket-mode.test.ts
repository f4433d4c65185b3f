import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { HangUp, Workspace } from '../../packages/slack-double/src/index.ts';
import { systemClock } from '../../src/release/clock.ts';
import { clientOptions } from '../../src/slack/client.ts';
import { keepConnected } from '../../src/slack/socket-mode.ts';
import { socketReceiver } from '../../src/slack/receivers.ts';
import { until } from '../support/until.ts';

let slack: Workspace;
let ending: AbortController;
let connected: Promise<void>;
let skewMs: number;
const pauses: number[] = [];
const logged: { text: string; facts: Record<string, unknown> }[] = [];
const counts: number[] = [];

/** A connection whose pauses are noted and cost nothing. */
function connect(): void {
  const { SLACK_APP_TOKEN: token = '', SLACK_API_URL: apiUrl = '' } = slack.env('socket');
  const clock = {
    ...systemClock,
    mono: () => systemClock.mono() + skewMs,
    sleep: (ms: number) => {
      pauses.push(ms);
      return new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
  const quiet = makeLog({ level: 'silent' });
  const note = (facts: object, text: string): void =>
    void logged.push({ text, facts: facts as Record<string, unknown> });
  const options = clientOptions(
    { apiUrl, log: quiet, observe: { slackCall: () => {} } },
    { accepted: false },
  );
  const { socket } = socketReceiver(token, options, clock, quiet);
  connected = keepConnected(socket, {
    clock,
    log: { info: note, warn: note, error: note },
    signal: ending.signal,
    counted: (connections) => void counts.push(connections),
  });
}

/** Between these, for the pause that is meant: pauses differ by chance, so that replicas do not come together. */
const around = (ms: number): [number, number] => [ms * 0.75, ms * 1.25];

beforeEach(async () => {
  slack = await openWorkspace();
  ending = new AbortController();
  skewMs = 0;
  for (const list of [pauses, logged, counts]) list.length = 0;
});

afterEach(async () => {
  ending.abort();
  await connected;
  await slack.close();
});

describe('a socket that ends right after its hello', () => {
  test.each<HangUp>(['too_many_websockets', 'warning', 'refresh_requested', 'link_disabled', 'close'])(
    'is opened again after growing pauses: %s',
    async (reason) => {
      slack.levers.hangUp(reason);
      connect();
      await until('it was tried eight times', () => pauses.length >= 8);
      slack.levers.hangUp();
      for (const [i, ms] of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000].entries()) {
        expect(pauses[i]).toBeGreaterThanOrEqual(around(ms)[0]);
        expect(pauses[i]).toBeLessThanOrEqual(around(ms)[1]);
      }
      const ended = logged.filter(({ text }) => text.includes('ended the Socket Mode connection'));
      expect(ended[0]?.facts['reason']).toBe(reason === 'close' ? 'none given' : reason);
    },
  );
});

test('a socket that stood is opened again at once', async () => {
  connect();
  await slack.until(() => slack.sockets.count() === 1);
  await until('it is connected', () => logged.length === 1);
  skewMs += 30_000;
  slack.sockets.refresh('all');
  await until(
    'it is connected again',
    () => logged.filter(({ text }) => text.startsWith('Connected')).length === 2,
  );
  expect(pauses).toEqual([]);
});

test('a limit of apps.connections.open is kept for as long as Slack says', async () => {
  slack.levers.says(
    { status: 429, headers: { 'retry-after': '30' }, body: '{"ok":false,"error":"ratelimited"}' },
    { method: 'apps.connections.open', times: 2 },
  );
  connect();
  await slack.until(() => slack.sockets.count() === 1);
  expect(pauses).toEqual([30_000, 30_000]);
});

test('the number of connections that Slack counts is reported at each hello', async () => {
  slack.levers.strangers(2);
  connect();
  await until('it is told', () => counts.length === 1);
  expect(counts).toEqual([3]);
});
