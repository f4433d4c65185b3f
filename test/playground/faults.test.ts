import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, Workspace } from '../../packages/slack-double/src/index.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Bot } from './bot.ts';
import { makeBot } from './bot.ts';
import { standStill } from '../support/stand-still.ts';
import { answerAt, call } from './client.ts';

const button = {
  type: 'button' as const,
  action_id: 'open',
  text: { type: 'plain_text' as const, text: 'Force…' },
};
const card: JsonObject[] = [{ type: 'actions', block_id: 'b', elements: [button] }];
const modal = (...blocks: JsonObject[]): JsonObject => ({
  type: 'modal',
  callback_id: 'force',
  title: { type: 'plain_text', text: 'Force' },
  submit: { type: 'plain_text', text: 'Force' },
  blocks: [
    ...blocks,
    {
      type: 'input',
      block_id: 'why',
      label: { type: 'plain_text', text: 'Why' },
      element: { type: 'plain_text_input', action_id: 'reason', max_length: 20 },
    },
  ],
});

describe.each(['http', 'socket'] as const)('over %s', (mode) => {
  let slack: Workspace;
  let bot: Bot;
  let heard: string[];

  beforeEach(async () => {
    heard = [];
    slack = await openWorkspace({ ackDeadlineMs: 200, eventRetryDelaysMs: [0, 0] });
    bot = makeBot(slack, mode);
    await bot.listen();
  });
  afterEach(async () => {
    await bot.stop();
    await slack.close();
  });

  /** The bot stops answering: nobody listens at its address, or none of its connections is left. */
  const away = async () => {
    if (mode === 'http') return slack.delivers('http://127.0.0.1:1/slack/events');
    await bot.stop();
    await slack.until(() => slack.sockets.count() === 0);
  };

  const posted = async (blocks = card) => {
    await call(slack, 'chat.postMessage', { channel: 'C0RELEASES', text: 'card', blocks });
    const message = slack.channel('#releases').messages().at(-1);
    if (!message) throw new Error('nothing was posted');
    return message;
  };

  it('a command that is not acknowledged in time fails as Slack says it', async () => {
    bot.app.command('/release', async ({ client }) => void (await client.auth.test()));
    const ann = slack.person('ann');
    const answer = await ann.types('#releases', '/release status');
    expect(answer).toMatchObject({
      error: 'operation_timeout',
      text: '/release failed with the error "operation_timeout"',
    });
    expect(slack.channel('#releases').ephemerals(ann)[0]?.text).toBe(answer.text);
  });

  it('a command is answered although this process stood still for longer than Slack waits', async () => {
    bot.app.command('/release', async ({ ack }) => ack('here'));
    const answer = slack.person('ann').types('#releases', '/release status');
    standStill(500);
    expect((await answer).text).toBe('here');
  });

  it('an acknowledgement that breaks a limit is a violation, and the sender sees a failure', async () => {
    bot.app.command('/release', async ({ ack }) =>
      ack({ text: 'x', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] }),
    );
    expect(await slack.person('ann').types('#releases', '/release')).toMatchObject({
      error: 'invalid_command_response',
    });
    expect(slack.violations).toMatchObject([{ where: 'acknowledgement', error: 'invalid_blocks' }]);
  });

  it('an acknowledgement for the channel is seen by all', async () => {
    bot.app.command('/release', async ({ ack }) => ack({ response_type: 'in_channel', text: 'everybody' }));
    await slack.person('ann').types('#releases', '/release');
    expect(slack.channel('#releases').messages()).toMatchObject([{ text: 'everybody' }]);
  });

  it('a response_url is good for five uses in thirty minutes', async () => {
    bot.app.command('/release', async ({ ack }) => ack());
    const ann = slack.person('ann');
    expect(await ann.types('#releases', '/release')).toMatchObject({ text: '' });
    const url = String(slack.captured.at(-1)?.payload['response_url'] as string);
    expect(await answerAt(url, { text: '' })).toEqual({ status: 400, text: 'no_text' });
    for (let use = 2; use <= 5; use += 1)
      expect((await answerAt(url, { text: `use ${use}` })).status).toBe(200);
    expect(await answerAt(url, { text: 'one too many' })).toEqual({
      status: 404,
      text: '{"ok":false,"error":"used_url"}',
    });
    expect(slack.channel('#releases').ephemerals(ann)).toHaveLength(4);
    await ann.types('#releases', '/release');
    slack.passes(30 * 60_000 + 1);
    const late = String(slack.captured.at(-1)?.payload['response_url'] as string);
    expect((await answerAt(late, { text: 'late' })).text).toContain('expired_url');
    expect(slack.violations.map(({ error }) => error)).toEqual(['no_text', 'used_url', 'expired_url']);
  });

  it('a response_url replaces and deletes the message that was pressed, an ephemeral one too', async () => {
    bot.app.action('open', async ({ ack }) => ack());
    const ann = slack.person('ann');
    await call(slack, 'chat.postEphemeral', {
      channel: 'C0RELEASES',
      user: ann.id,
      text: 'card',
      blocks: card,
    });
    const [secret] = slack.channel('#releases').ephemerals(ann);
    if (!secret) throw new Error('nothing was posted');
    await ann.presses(secret, 'open');
    const url = String(slack.captured.at(-1)?.payload['response_url'] as string);
    await answerAt(url, { replace_original: true, text: 'done' });
    expect(slack.channel('#releases').ephemerals(ann)).toMatchObject([{ text: 'done', ts: secret.ts }]);
    await answerAt(url, { delete_original: true });
    expect(slack.channel('#releases').ephemerals(ann)).toEqual([]);
  });

  it('a trigger opens one modal, within three seconds', async () => {
    bot.app.action('open', async ({ ack }) => ack());
    const ann = slack.person('ann');
    const open = async () => {
      const trigger = slack.captured.at(-1)?.payload['trigger_id'] ?? '';
      return (await call(slack, 'views.open', { trigger_id: trigger, view: modal() })).body['error'];
    };
    await ann.presses(await posted(), 'open');
    expect(
      (
        await call(slack, 'views.open', {
          trigger_id: slack.captured.at(-1)?.payload['trigger_id'] ?? '',
          view: { type: 'modal' },
        })
      ).body['error'],
    ).toBe('invalid_arguments');
    expect(await open()).toBeUndefined();
    expect(await open()).toBe('exchanged_trigger_id');
    await ann.presses(await posted(), 'open');
    slack.passes(3_001);
    expect(await open()).toBe('expired_trigger_id');
    expect((await call(slack, 'views.open', { trigger_id: '1.2.3', view: modal() })).body['error']).toBe(
      'invalid_trigger_id',
    );
  });

  it('a modal is filled in, refused by Slack, refused by the bot, changed, and closed', async () => {
    bot.app.action('open', async ({ ack, body, client }) => {
      await ack();
      if (body.type === 'block_actions')
        await client.views.open({ trigger_id: body.trigger_id, view: modal() as never });
    });
    bot.app.view('force', async ({ ack, view }) => {
      const reason = view.state.values['why']?.['reason']?.value;
      if (reason === 'no') return ack({ response_action: 'errors', errors: { why: 'Say more' } });
      return reason === 'more'
        ? ack({ response_action: 'update', view: modal({ type: 'divider' }) as never })
        : ack();
    });
    const ann = slack.person('ann');
    await ann.presses(await posted(), 'open');
    const view = await slack.until(() => ann.view());
    expect(await ann.submits(view, {})).toMatchObject({
      delivered: false,
      errors: { why: 'Please complete this required field.' },
    });
    expect(await ann.submits(view, { why: { reason: 'x'.repeat(21) } })).toMatchObject({ delivered: false });
    expect(await ann.submits(view, { why: { reason: 'no' } })).toMatchObject({
      delivered: true,
      errors: { why: 'Say more' },
      closed: false,
    });
    expect(await ann.submits(view, { why: { reason: 'more' } })).toMatchObject({ closed: false, errors: {} });
    expect(ann.view()?.wire['blocks']).toHaveLength(2);
    expect(await ann.submits(view, { why: { reason: 'really' } })).toMatchObject({ closed: true });
    expect(ann.view()).toBeUndefined();
    expect(slack.violations).toEqual([]);
  });

  it('a stale press carries the message as it was', async () => {
    bot.app.action('open', async ({ ack, body }) => {
      await ack();
      if (body.type === 'block_actions')
        heard.push(
          `${body.message?.['text']} ${body.actions[0]?.type === 'button' ? body.actions[0].value : ''}`,
        );
    });
    const message = await posted();
    await call(slack, 'chat.update', { channel: message.channel, ts: message.ts, text: 'promoted' });
    await expect(slack.person('ann').presses(message, 'open')).rejects.toThrow(
      'There is no "open" on this message',
    );
    await slack.person('ann').presses(message, 'open', { stale: true, value: 'forged' });
    await slack.until(() => heard.length > 0);
    expect(heard).toEqual(['card forged']);
  });

  it('a request comes twice when the lever says so, and again when it is replayed', async () => {
    bot.app.command('/release', async ({ ack, command }) => {
      heard.push(command.trigger_id);
      await ack('heard');
    });
    slack.levers.deliverTwice();
    const answer = await slack.person('ann').types('#releases', '/release status');
    expect(answer).toMatchObject({ text: 'heard', repeat: { text: 'heard' } });
    const [first] = slack.captured;
    if (!first) throw new Error('nothing was sent');
    expect(await slack.replay(first)).toMatchObject({
      ok: true,
      body: mode === 'http' ? 'heard' : { text: 'heard' },
    });
    expect(heard).toHaveLength(3);
    expect(new Set(heard).size).toBe(1);
  });

  it('an event that is not acknowledged comes again, numbered, with the same id', async () => {
    await away();
    const { ack } = await slack.person('ann').mentions('#releases', 'status');
    expect(ack).toMatchObject({ ok: false, error: 'dispatch_failed' });
    await slack.until(() => slack.captured.length === 3);
    const repeats = slack.captured.map(
      ({ headers, envelope }) => headers?.['x-slack-retry-num'] ?? envelope?.['retry_attempt'],
    );
    expect(repeats.map(Number)).toEqual([Number.NaN, 1, 2]);
    expect(new Set(slack.captured.map(({ payload }) => payload['event_id'])).size).toBe(1);
  });

  it('a bot that is down makes a command fail', async () => {
    await away();
    expect(await slack.person('ann').types('#releases', '/release')).toMatchObject({
      error: 'dispatch_failed',
    });
  });

  it('waiting without success prints the channel', async () => {
    slack.person('ann').says('#releases', 'anybody here?');
    await expect(slack.until(() => false, { withinMs: 20, what: 'an answer' })).rejects.toThrow(
      /an answer[^]*#releases[^]*ann[^]*anybody here\?/,
    );
  });
});

describe('over HTTP alone', () => {
  let slack: Workspace;
  let bot: Bot;
  beforeEach(async () => {
    slack = await openWorkspace();
    bot = makeBot(slack, 'http');
    await bot.listen();
  });
  afterEach(async () => {
    await bot.stop();
    await slack.close();
  });

  it('the address proves itself by the challenge', async () => {
    expect(await slack.verifiesUrl()).toBe(true);
  });

  it('a request with a wrong signature or an old timestamp is refused by the bot', async () => {
    const json = { 'content-type': 'application/json' };
    expect(
      await slack.raw('{}', {
        ...json,
        'x-slack-signature': 'v0=00',
        'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
      }),
    ).toMatchObject({ status: 401 });
    expect(await slack.raw('{}', json, { atMs: Date.now() - 6 * 60_000 })).toMatchObject({ status: 401 });
    expect(
      await slack.raw('{"type":"url_verification","challenge":"c"}', json, { atMs: Date.now() }),
    ).toMatchObject({ status: 200 });
  });
});

describe('over Socket Mode alone', () => {
  it('requests go to the connections in turn, and a refreshed connection comes back', async () => {
    const slack = await openWorkspace();
    const heard: string[] = [];
    const bots = ['one', 'two'].map((name) => {
      const bot = makeBot(slack, 'socket');
      bot.app.command('/release', async ({ ack }) => {
        heard.push(name);
        await ack(name);
      });
      return bot;
    });
    for (const bot of bots) await bot.listen();
    expect(slack.sockets.count()).toBe(2);
    const ann = slack.person('ann');
    for (let turn = 0; turn < 4; turn += 1) await ann.types('#releases', '/release');
    expect(heard).toEqual(['one', 'two', 'one', 'two']);
    slack.sockets.refresh('oldest');
    await slack.until(() => slack.sockets.count() === 1);
    expect(await ann.types('#releases', '/release')).toMatchObject({ text: 'two' });
    await slack.until(() => slack.sockets.count() === 2);
    await slack.until(async () => (await ann.types('#releases', '/release')).text === 'one');
    for (const bot of bots) await bot.stop();
    await slack.close();
  });
});
