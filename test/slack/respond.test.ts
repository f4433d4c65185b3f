import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Workspace } from '../../packages/slack-double/src/index.ts';
import { systemClock } from '../../src/release/clock.ts';
import { line } from '../../src/release/line.ts';
import { makeClient } from '../../src/slack/client.ts';
import { makeRespond } from '../../src/slack/respond.ts';
import type { ReplyTarget, Respond } from '../../src/slack/respond.ts';

let slack: Workspace;
let respond: Respond;
let replyTarget: ReplyTarget;
const reply = { lines: [line`revert was refused`] };

beforeEach(async () => {
  slack = await openWorkspace();
  const { SLACK_BOT_TOKEN: token = '', SLACK_API_URL: apiUrl = '' } = slack.env('http');
  const log = makeLog({ level: 'silent' });
  const client = makeClient({ token, apiUrl, log, observe: { slackCall: () => {} } });
  respond = makeRespond({ client, apiUrl, clock: systemClock, log, signal: new AbortController().signal });
  replyTarget = {
    user: 'U0ANN',
    channel: 'C0CHECKOUT',
    responseUrl: new URL('/commands/T0/1/2', slack.origin).href,
  };
});

afterEach(() => slack.close());

const shown = (): string[] =>
  slack
    .messages()
    .filter(({ onlyFor }) => onlyFor === 'U0ANN')
    .map(({ text }) => text);

describe('a response_url', () => {
  test.each([
    ['ok', 'ok'],
    ['{"ok":true}', '{"ok":true}'],
  ])('that answers %s has taken it', async (_, body) => {
    slack.levers.says({ body }, { method: 'response_url' });
    await respond.privately(replyTarget, reply);
    expect(slack.calls('chat.postEphemeral')).toEqual([]);
  });

  test.each([
    ['{"ok":false,"error":"expired_url"}', { body: '{"ok":false,"error":"expired_url"}' }],
    ['{ "error": "x", "ok" : false }', { body: '{ "error": "x", "ok" : false }' }],
    ['the page of a proxy', { body: '<html>Sign in</html>' }],
    ['404', { status: 404, body: 'expired_url' }],
  ])('that answers %s took nothing: its person is notified another way', async (_, answer) => {
    slack.levers.says(answer, { method: 'response_url' });
    await respond.privately(replyTarget, reply);
    expect(shown()).toEqual(['revert was refused']);
  });
});

test('a person gets a direct message where nothing can be shown in the channel', async () => {
  await respond.privately({ user: 'U0ANN', channel: 'C0GENERAL' }, reply);
  expect(slack.dm('ann').messages()).toMatchObject([{ text: 'revert was refused' }]);
});
