import { expect, test } from 'vitest';
import type { PostOutcome } from '../../src/slack/post-outcome.ts';
import type { SlackMessage } from '../../src/slack/reply.ts';
import { lineChart } from '../../src/slack/cards/chart.ts';
import { makeSendChart } from '../../src/slack/send-charts.ts';

const chart = lineChart({
  title: 'Failed, in %',
  times: ['0:00', '0:02'],
  timesAre: 'Minutes',
  lines: [{ name: 'green (live)', values: [0, 100] }],
});
const message: SlackMessage = { text: 'said', blocks: [{ type: 'divider' }, { ...chart }] };
const sent: PostOutcome = { end: 'sent', ts: '1.1', channel: 'C1' };
const refused: PostOutcome = { end: 'refused', error: 'invalid_blocks' };

/** A workspace: what it answers to a message with a chart, and to any other; and the kinds of blocks that it got. */
function workspace(answers: { chart: PostOutcome; words: PostOutcome }) {
  let now = 0;
  const got: string[] = [];
  const logged: string[] = [];
  const note = (_facts: object, text: string): void => void logged.push(text);
  const send = makeSendChart(() => now, { info: note, warn: note, error: note });
  return {
    answers,
    got,
    logged,
    passes: (ms: number): void => void (now += ms),
    say: (said = message): Promise<PostOutcome> =>
      send(said, async ({ blocks }) => {
        const kinds = blocks.map(({ type }) => String(type));
        got.push(kinds.join(' '));
        return kinds.includes('data_visualization') ? answers.chart : answers.words;
      }),
  };
}

test('a chart goes out as it is where Slack takes it', async () => {
  const slack = workspace({ chart: sent, words: sent });
  expect(await slack.say()).toBe(sent);
  expect(slack.got).toEqual(['divider data_visualization']);
});

test('where Slack refuses it, the message goes out in words at once, and for a day', async () => {
  const slack = workspace({ chart: refused, words: sent });
  expect(await slack.say()).toBe(sent);
  slack.passes(86_399_999);
  await slack.say();
  expect(slack.got.splice(0)).toEqual(['divider data_visualization', 'divider section', 'divider section']);
  expect(slack.logged).toEqual(['Slack draws no charts in this workspace; they are sent in words']);
  slack.passes(1);
  slack.answers.chart = sent;
  await slack.say();
  expect(slack.got).toEqual(['divider data_visualization']);
});

test('a message that Slack refuses in words, too, says nothing about charts', async () => {
  const slack = workspace({ chart: refused, words: refused });
  expect(await slack.say()).toBe(refused);
  slack.answers.chart = sent;
  expect(await slack.say()).toBe(sent);
  expect(slack.logged).toEqual([]);
});

test.each<PostOutcome>([
  { end: 'pause', ms: 1_000, limited: true },
  { end: 'unsure', slow: false },
  { end: 'refused', error: 'msg_too_long' },
  { end: 'closed', error: 'is_archived' },
])('nothing is sent twice after %o', async (outcome) => {
  const slack = workspace({ chart: outcome, words: sent });
  expect(await slack.say()).toBe(outcome);
  expect(slack.got).toEqual(['divider data_visualization']);
});

test('a message without a chart is sent once, whatever Slack says', async () => {
  const slack = workspace({ chart: sent, words: refused });
  expect(await slack.say({ text: 'said', blocks: [{ type: 'divider' }] })).toBe(refused);
  expect(slack.got).toEqual(['divider']);
});
