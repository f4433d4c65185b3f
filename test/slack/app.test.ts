import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../src/release/fault.ts';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { line } from '../../src/release/line.ts';
import { drawReply, forceButton } from '../../src/slack/reply.ts';
import { change, record } from '../store/record.ts';
import { openWayIn } from './way-in.ts';
import type { WayIn } from './way-in.ts';

const about = { s: 'checkout', r: 'rel17', e: 4 };

describe.each(['http', 'socket'] as const)('over %s', (mode) => {
  let bot: WayIn;

  beforeEach(async () => {
    bot = await openWayIn(mode);
  });

  afterEach(async () => {
    const { violations } = bot.slack;
    await bot.close();
    if (violations.length > 0) throw new Error(`Slack refused: ${JSON.stringify(violations)}`);
  });

  /** A message of the bot's with one button, as the sender of cards would have posted and stored it. */
  async function card(
    button: string,
    options: { stored?: boolean; value?: object; thread?: string } = {},
  ): Promise<Message> {
    const posted = await bot.client.chat.postMessage({
      channel: 'C0RELEASES',
      text: 'checkout #17',
      blocks: [
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: button,
              text: { type: 'plain_text', text: 'Press' },
              value: JSON.stringify(options.value ?? about),
            },
          ],
        },
      ],
    });
    const ts = posted.ts ?? '';
    if (options.stored !== false)
      await bot.outbox.saveMessage({
        channel: 'C0RELEASES',
        ts,
        kind: 'card',
        service: 'checkout',
        release: 'rel17',
        epoch: 4,
      });
    const message = bot.slack
      .channel('releases')
      .messages()
      .find((one) => one.ts === ts);
    if (message === undefined) throw new Error('not posted');
    return message;
  }

  const told = (name: string): Promise<Message> =>
    bot.slack.until(() =>
      bot.slack
        .channel('releases')
        .ephemerals({ id: bot.slack.person(name).id })
        .at(-1),
    );

  test('a command is submitted before it is answered, in the acknowledgement', async () => {
    const answer = await bot.slack
      .person('ann')
      .types('releases', '/release Promote  CHECKOUT —during-freeze “outage”.');
    expect(answer.text).toBe('promote checkout: accepted');
    expect(answer.message?.onlyFor).toBe('U0ANN');
    expect(bot.commands).toEqual([
      {
        verb: 'promote',
        service: 'checkout',
        duringFreeze: 'outage',
        actor: { kind: 'slack', user: 'U0ANN', team: expect.any(String), channel: 'C0RELEASES' },
        marks: [
          expect.stringMatching(mode === 'http' ? /^signature:v0=[0-9a-f]{64}$/ : /^envelope:./),
          expect.stringMatching(/^trigger:./),
        ],
      },
    ]);
    expect(bot.slack.calls('chat.postEphemeral')).toEqual([]);
    expect(bot.slack.calls('response_url')).toEqual([]);
  });

  test('short forms take the same arguments', async () => {
    await bot.slack.person('ann').types('releases', '/stage checkout v1.42.0');
    await bot.slack.person('ann').types('releases', '/revert checkout it burns');
    expect(bot.commands).toMatchObject([
      { verb: 'stage', version: 'v1.42.0' },
      { verb: 'revert', reason: 'it burns' },
    ]);
  });

  test('hostile text is answered literally and mentions nobody', async () => {
    const answer = await bot.slack
      .person('ann')
      .types('releases', '/release <!channel> <https://evil.example|click> *x* `y`');
    expect(answer.text).toMatch(/^bad-arguments: /);
    expect(JSON.stringify(answer.message)).not.toMatch(/<!|<@|<https/);
    expect(bot.commands).toEqual([]);
  });

  test('the form behind Force… wants a reason, and becomes a forced revert', async () => {
    const forceable = drawReply({
      lines: [line`unhealthy: blue does not answer.`],
      buttons: [forceButton({ service: 'checkout', release: 'rel17', epoch: 4 })],
    });
    await bot.client.chat.postEphemeral({
      channel: 'C0RELEASES',
      user: 'U0ANN',
      text: forceable.text,
      blocks: forceable.blocks as never,
    });
    const message = await told('ann');
    await bot.slack.person('ann').presses(message, 'release.force');
    const view = await bot.slack.until(() => bot.slack.person('ann').view());
    bot.submits(async () => ({ ok: true, text: ['revert checkout: forced'] }));
    const bad = await bot.slack.person('ann').submits(view, { reason: { reason: '   ' } });
    expect(bad.errors).toMatchObject({ reason: expect.stringContaining('Give a reason') });
    const sent = await bot.slack.person('ann').submits(view, { reason: { reason: 'customers cannot pay' } });
    expect(sent.closed).toBe(true);
    expect(bot.commands.at(-1)).toMatchObject({
      verb: 'revert',
      service: 'checkout',
      force: 'customers cannot pay',
      press: { release: 'rel17', epoch: 4, button: 'release.force' },
      marks: expect.arrayContaining([`view:${view.id}`]),
    });
    await bot.slack.until(() =>
      bot.slack
        .channel('releases')
        .ephemerals({ id: 'U0ANN' })
        .find((one) => one.text === 'revert checkout: forced'),
    );
  });

  test('a fault of the storage is an answer, too', async () => {
    bot.submits(async () => {
      throw new Fault('storage-unavailable', 'timeout', { unclear: true });
    });
    const answer = await bot.slack.person('ann').types('releases', '/promote checkout');
    expect(answer.text).toMatch(/^storage-unavailable: .*not confirmed/);
    bot.store.loadMany = async () => {
      throw new Fault('storage-unavailable', 'away');
    };
    const read = await bot.slack.person('ann').types('releases', '/release status checkout');
    expect(read.text).toMatch(/^storage-unavailable: .*nothing was done/);
  });

  test('a submit that takes too long is never a silent timeout', async () => {
    let finish = (): void => {};
    bot.submits(
      () =>
        new Promise((resolve) => (finish = () => resolve({ ok: true, text: ['promote checkout: late'] }))),
    );
    const answer = await bot.slack.person('ann').types('releases', '/promote checkout');
    expect(answer.error).toBeUndefined();
    expect(answer.text).toContain('not confirmed');
    finish();
    await bot.slack.until(() =>
      bot.slack
        .channel('releases')
        .ephemerals({ id: 'U0ANN' })
        .find((one) => one.text === 'promote checkout: late'),
    );
  }, 10_000);

  test('a mention is carried out before it is acknowledged, and answered in its thread', async () => {
    let submitted = false;
    bot.submits(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      submitted = true;
      return { ok: true, text: ['promote checkout: accepted'] };
    });
    const { message, ack } = await bot.slack.person('ann').mentions('releases', 'promote checkout');
    expect(ack?.ok).toBe(true);
    expect(submitted).toBe(true);
    const [answer] = await bot.slack.until(() => {
      const thread = bot.slack.channel('releases').thread(message.ts);
      return thread.length > 0 && thread;
    });
    expect(answer?.text).toBe('promote checkout: accepted');
    expect(bot.commands[0]?.marks).toEqual([
      expect.stringMatching(/^(signature|envelope):/),
      expect.stringMatching(/^event:Ev/),
      `message:C0RELEASES:${message.ts}`,
    ]);
  });

  test('a mention in a thread is answered there', async () => {
    const parent = bot.slack.person('bob').says('releases', 'look at this');
    await bot.slack.person('ann').mentions('releases', 'status checkout', { thread: parent.ts });
    const thread = await bot.slack.until(() =>
      bot.slack
        .channel('releases')
        .thread(parent.ts)
        .find((one) => one.text.startsWith('status checkout')),
    );
    expect(thread.text).toContain('state: unknown');
  });

  test('a mention by a bot runs nothing, and is answered once', async () => {
    const before = bot.slack.calls('chat.postMessage').length;
    const captured = await bot.slack.person('ann').mentions('releases', 'help');
    expect(captured.ack?.ok).toBe(true);
    const event = bot.slack.captured.at(-1);
    if (event === undefined) throw new Error('nothing was sent');
    const forged = structuredClone(event.payload) as { event_id: string; event: Record<string, unknown> };
    forged.event_id = 'EvBOT';
    forged.event['bot_id'] = 'B0ROBOT';
    await bot.slack.until(() => bot.slack.calls('chat.postMessage').length > before);
    // Only HTTP lets a test send any body.
    const sent =
      mode === 'http'
        ? await bot.slack.raw(
            JSON.stringify(forged),
            { 'content-type': 'application/json' },
            { atMs: Date.now() },
          )
        : { status: 200 };
    expect(sent).toMatchObject({ status: 200 });
    if (mode === 'http')
      await bot.slack.until(() => bot.slack.calls('chat.postMessage').length === before + 2);
    expect(bot.commands).toEqual([]);
  });

  test('a press becomes a command with what the message and the button say', async () => {
    const message = await card('release.approve');
    const press = await bot.slack.person('bob').presses(message, 'release.approve');
    expect(press.error).toBeUndefined();
    expect(bot.commands).toMatchObject([
      {
        verb: 'approve',
        service: 'checkout',
        press: { release: 'rel17', epoch: 4, button: 'release.approve' },
        actor: { user: 'U0BOB' },
      },
    ]);
    expect((await told('bob')).text).toBe('approve checkout: accepted');
    expect(bot.slack.calls('chat.postEphemeral')).toEqual([]);
  });

  test('a press waits for a message that is stored a moment later', async () => {
    const message = await card('release.revert', { stored: false });
    const pressed = bot.slack.person('bob').presses(message, 'release.revert');
    setTimeout(
      () =>
        void bot.outbox.saveMessage({
          channel: 'C0RELEASES',
          ts: message.ts,
          kind: 'card',
          service: 'checkout',
          release: 'rel17',
          epoch: 4,
        }),
      500,
    );
    await pressed;
    expect(bot.commands).toMatchObject([{ verb: 'revert' }]);
  });

  test.each([
    ['another epoch', { ...about, e: 5 }],
    ['another release', { ...about, r: 'rel18' }],
    ['another service', { ...about, s: 'billing' }],
    ['nonsense', { s: '../..', r: 1 }],
  ])('a value that names %s is stale', async (_what, value) => {
    const message = await card('release.promote');
    await bot.slack.person('bob').presses(message, 'release.promote', { value: JSON.stringify(value) });
    expect((await told('bob')).text).toMatch(/^stale-button: /);
    expect(bot.commands).toEqual([]);
  });

  test('a message that the record does not know is stale and links to the card', async () => {
    await bot.store.save(change(record('checkout'), 0));
    await card('release.promote');
    const orphan = await card('release.promote', { stored: false });
    await bot.outbox.saveMessage({
      channel: 'C0RELEASES',
      ts: '1.2',
      kind: 'card',
      service: 'checkout',
      release: 'rel17',
      epoch: 4,
    });
    await bot.slack.person('bob').presses(orphan, 'release.promote');
    const answer = await told('bob');
    expect(answer.text).toMatch(/^stale-button: /);
    expect(JSON.stringify(answer.blocks)).toContain('/archives/C0RELEASES/p12|checkout>');
    expect(await bot.store.history('checkout', 1)).toMatchObject([{ what: 'press', code: 'stale-button' }]);
  }, 10_000);

  test('a repeated press says that it is one', async () => {
    const message = await card('release.approve');
    bot.submits(async () => ({ ok: true, text: ['approve checkout: accepted'], repeated: true }));
    await bot.slack.person('bob').presses(message, 'release.approve');
    expect((await told('bob')).text).toBe(
      'approve checkout: accepted Slack sent this press again; nothing was done twice.',
    );
  });

  test('a press that is not confirmed is never answered as one that did nothing', async () => {
    const message = await card('release.promote');
    bot.submits(async () => ({
      ok: false,
      refusal: { code: 'storage-unavailable', why: line`This is not confirmed.`, next: line`Look.` },
      toldLater: true,
    }));
    bot.outbox.redraw = async () => {
      throw new Fault('storage-unavailable', 'Redis cannot be reached.');
    };
    await bot.slack.person('bob').presses(message, 'release.promote');
    expect((await told('bob')).text).toBe('storage-unavailable: This is not confirmed. Look.');
  });

  test('a link button is acknowledged and does nothing', async () => {
    const message = await card('link.runbook');
    const press = await bot.slack.person('bob').presses(message, 'link.runbook');
    expect(press.ack?.ok).toBe(true);
    expect(bot.commands).toEqual([]);
  });

  test('a repeat has the marks of the first', async () => {
    await bot.slack.person('ann').types('releases', '/promote checkout');
    const sent = bot.slack.captured.at(-1);
    if (sent === undefined) throw new Error('nothing was sent');
    await bot.slack.replay(sent, { retry: { num: 1, reason: 'http_timeout' } });
    expect(bot.commands).toHaveLength(2);
    expect(bot.commands[1]?.marks).toEqual(bot.commands[0]?.marks);
  });

  test('a long status is read page by page, in place', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `svc-${String(i).padStart(2, '0')}`);
    bot.desk.catalog.names = () => names;
    const first = await bot.slack.person('ann').types('releases', '/release status');
    expect(first.text).toContain('svc-19');
    expect(first.text).not.toContain('svc-20');
    const { message } = first;
    if (message === undefined) throw new Error('no answer');
    await bot.slack.person('ann').presses(message, 'status.page');
    await bot.slack.until(() =>
      bot.slack
        .channel('releases')
        .ephemerals({ id: 'U0ANN' })
        .find((one) => one.text.includes('svc-24')),
    );
  });
});
