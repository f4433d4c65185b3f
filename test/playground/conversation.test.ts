import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../packages/slack-double/src/index.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Bot } from './bot.ts';
import { makeBot } from './bot.ts';

const promote = {
  type: 'actions',
  block_id: 'card',
  elements: [
    {
      type: 'button' as const,
      action_id: 'release.promote',
      text: { type: 'plain_text' as const, text: 'Promote' },
      value: 'checkout 17',
      style: 'primary' as const,
      confirm: {
        title: { type: 'plain_text' as const, text: 'Promote green?' },
        text: { type: 'mrkdwn' as const, text: '100 % of traffic moves blue → green' },
        confirm: { type: 'plain_text' as const, text: 'Promote' },
        deny: { type: 'plain_text' as const, text: 'Not now' },
      },
    },
    {
      type: 'overflow' as const,
      action_id: 'release.more',
      options: [{ text: { type: 'plain_text' as const, text: 'Show plan' }, value: 'plan' }],
    },
  ],
};

describe.each(['http', 'socket'] as const)('a conversation over %s', (mode) => {
  let slack: Workspace;
  let bot: Bot;

  beforeEach(async () => {
    slack = await openWorkspace();
    bot = makeBot(slack, mode);
    bot.app.command('/release', async ({ command, ack, client }) => {
      await ack({ response_type: 'ephemeral', text: `stage: ${command.text}` });
      await client.chat.postMessage({
        channel: command.channel_id,
        text: 'checkout #17 staged',
        blocks: [
          {
            type: 'section',
            text: { type: 'mrkdwn', text: `*checkout* by <@${command.user_id}> &lt;!channel&gt;` },
          },
          promote,
        ],
      });
    });
    bot.app.action('release.promote', async ({ ack, body, client }) => {
      await ack();
      if (body.type !== 'block_actions' || !body.message || !body.channel) return;
      await client.chat.update({
        channel: body.channel.id,
        ts: body.message.ts,
        text: `promoted by ${body.user.id}`,
      });
      await client.chat.postEphemeral({
        channel: body.channel.id,
        user: body.user.id,
        text: 'promote: done',
      });
    });
    bot.app.action('release.more', async ({ ack, action, respond }) => {
      await ack();
      if (action.type === 'overflow')
        await respond({ text: `you chose ${action.selected_option.value}`, replace_original: false });
    });
    bot.app.event('app_mention', async ({ event, say }) => {
      await say({ text: `heard: ${event.text}`, thread_ts: event.thread_ts ?? event.ts });
    });
    await bot.listen();
  });

  afterEach(async () => {
    await bot.stop();
    await slack.close();
  });

  it('answers a command to its sender and posts a card', async () => {
    const ann = slack.person('ann');
    const answer = await ann.types('#releases', '/release stage checkout 1.2.3');
    expect(answer.text).toBe('stage: stage checkout 1.2.3');
    expect(answer.afterMs).toBeLessThan(3_000);
    const card = await slack.until(() => slack.channel('#releases').find('checkout'));
    expect(slack.look(card).text).toContain('checkout by @ann <!channel>');
    expect(slack.channel('#releases').ephemerals(ann)).toHaveLength(1);
    expect(slack.channel('#releases').ephemerals(slack.person('bob'))).toHaveLength(0);
    expect(slack.violations).toEqual([]);
  });

  it('shows the confirm dialog, and sends the press only when it is accepted', async () => {
    const ann = slack.person('ann');
    await ann.types('#releases', '/release stage checkout 1.2.3');
    const card = await slack.until(() => slack.channel('#releases').find('checkout'));
    const asked = await ann.presses(card, 'release.promote');
    expect(asked).toMatchObject({ delivered: false, confirm: { title: 'Promote green?', deny: 'Not now' } });
    expect(await ann.presses(card, 'release.promote', { accept: false })).toMatchObject({ delivered: false });
    const pressed = await asked.accept();
    expect(pressed.ack?.ok).toBe(true);
    await slack.until(() =>
      slack
        .channel('#releases')
        .ephemerals(ann)
        .some((message) => message.text === 'promote: done'),
    );
    const edited = slack.channel('#releases').now(card);
    expect(edited).toMatchObject({ text: `promoted by ${ann.id}`, edits: 1 });
    expect(edited?.blocks).toBeUndefined();
    expect(slack.captured.filter((one) => one.kind === 'interactive')).toHaveLength(1);
  });

  it('carries the choice of an overflow menu, and takes the answer at the response_url', async () => {
    const ann = slack.person('ann');
    await ann.types('#releases', '/release stage checkout 1.2.3');
    const card = await slack.until(() => slack.channel('#releases').find('checkout'));
    await ann.chooses(card, 'release.more', 'Show plan');
    const answer = await slack.until(() => slack.channel('#releases').ephemerals(ann)[1]);
    expect(answer).toMatchObject({ text: 'you chose plan', onlyFor: ann.id });
  });

  it('hears a mention, and answers in its thread', async () => {
    const ann = slack.person('ann');
    const { message, ack } = await ann.mentions('#releases', 'promote checkout');
    expect(ack?.ok).toBe(true);
    const [reply] = await slack.until(() => {
      const replies = slack.channel('#releases').thread(message.ts);
      return replies.length > 0 && replies;
    });
    expect(reply?.text).toBe('heard: <@U0SWITCHBOT> promote checkout');
    expect(slack.transcript('#releases')).toContain('heard: @switchback promote checkout');
  });
});
