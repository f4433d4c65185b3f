import { webApi } from '@slack/bolt';
import { expect, test } from 'vitest';
import type { SlackClient } from '../../src/slack/client.ts';
import { makePosting } from '../../src/slack/posting.ts';

const message = { text: 'checkout', blocks: [] };
const now = { ms: 0 };

/** Slack that limits the first call of each method, for 2 s, and takes the others. Counts them. */
function limiting() {
  const calls: string[] = [];
  const answer = (method: string) => async () => {
    calls.push(method);
    if (calls.filter((one) => one === method).length === 1) throw new webApi.WebAPIRateLimitedError(2);
    return { ok: true, ts: '1700000000.000100' };
  };
  const chat = {
    postMessage: answer('chat.postMessage'),
    update: answer('chat.update'),
    postEphemeral: answer('chat.postEphemeral'),
  };
  const client = { chat } as unknown as SlackClient;
  return {
    calls,
    posting: makePosting(client, { backoffMs: () => 500, mono: () => now.ms, defaultChannel: 'C0MAIN' }),
  };
}

test('the bot sends nothing by a limited method for as long as Slack said', async () => {
  const { calls, posting } = limiting();
  expect(await posting.update('C0A', '1.1', message)).toMatchObject({ limited: true, ms: 2_000 });
  now.ms += 500;
  expect(await posting.update('C0A', '2.2', message)).toMatchObject({ limited: true, ms: 1_500 });
  expect(calls).toEqual(['chat.update']);
  now.ms += 1_500;
  expect(await posting.update('C0A', '2.2', message)).toMatchObject({ end: 'sent' });
});

test('a limit of one channel and method does not stop another channel or method', async () => {
  const { calls, posting } = limiting();
  await posting.post('C0A', message);
  await posting.post('C0B', message);
  await posting.respond('C0A', 'U0ANN', message);
  expect(calls).toEqual(['chat.postMessage', 'chat.postMessage', 'chat.postEphemeral']);
  expect(await posting.post('C0A', message)).toMatchObject({ limited: true });
  expect(calls).toHaveLength(3);
});
