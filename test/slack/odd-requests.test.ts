/** Requests that the bot does not listen for, and presses in which something is null, missing or of another shape. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../packages/slack-double/src/json.ts';
import { until } from '../support/until.ts';
import { openWayIn } from './way-in.ts';
import type { WayIn } from './way-in.ts';

const recorded = (file: string): JsonObject =>
  JSON.parse(readFileSync(new URL(`../fixtures/slack/${file}`, import.meta.url), 'utf8')) as JsonObject;

let bot: WayIn;
afterEach(() => bot.close());

const lines = (): { level: number; msg: string; type?: string }[] =>
  bot.logged.map((text) => JSON.parse(text) as { level: number; msg: string });

const event = (inner: JsonObject): JsonObject => ({
  type: 'event_callback',
  event_id: 'Ev0ODD',
  team_id: 'T0PLAY',
  event: inner,
});

const modal = (callback: string): JsonObject => {
  const body = recorded('view_submission.body.json');
  return { ...body, view: { ...(body['view'] as JsonObject), callback_id: callback } };
};

describe.each(['http', 'socket'] as const)('over %s, at once and in the log, is answered', (mode) => {
  beforeEach(async () => {
    bot = await openWayIn(mode);
  });

  test.each([
    ['a message shortcut', 'interactive', recorded('shortcut.message_shortcut_body.json')],
    [
      'a shortcut',
      'interactive',
      { type: 'shortcut', callback_id: 'x', user: { id: 'U0ANN', team_id: 'T0PLAY' } },
    ],
    ['a modal that was closed', 'interactive', recorded('view_closed.body.json')],
    ['a form of somebody else', 'interactive', modal('view-id')],
    ['a menu that asks for its options', 'interactive', recorded('block_suggestion.body.json')],
    [
      'an old attachment',
      'interactive',
      { type: 'interactive_message', actions: [{ name: 'a' }], callback_id: 'x' },
    ],
    [
      'a step of a workflow',
      'events_api',
      event({ type: 'function_executed', function: { callback_id: 'x' } }),
    ],
    ['a message', 'events_api', event({ type: 'message', channel: 'C0SHARED', text: 'hi', user: 'U0ANN' })],
    ['a body that was cut off', 'interactive', { type: 'view_closed' }],
    ['a press that was cut off', 'interactive', { type: 'block_actions' }],
    [
      'a form that was cut off',
      'interactive',
      { type: 'view_submission', view: { callback_id: 'release.force' } },
    ],
    ['an event that was cut off', 'events_api', { type: 'event_callback', event: null }],
    ['nothing at all', 'events_api', {}],
  ] as [string, 'interactive' | 'events_api', JsonObject][])('%s', async (_what, kind, payload) => {
    const ack = await bot.slack.sends(kind, payload);
    expect(ack).toMatchObject({ ok: true });
    expect(ack.body).toBeUndefined();
    expect(lines().some(({ msg }) => /of an unknown kind|that Slack sent cannot be read/.test(msg))).toBe(
      true,
    );
    expect(lines().filter(({ level }) => level >= 50)).toEqual([]);
    expect(bot.slack.calls('chat.postMessage')).toEqual([]);
  });

  test('that Slack leaves out events, which is a warning', async () => {
    const limited = { type: 'app_rate_limited', team_id: 'T0PLAY', minute_rate_limited: 1_518_467_820 };
    expect(await bot.slack.sends('events_api', limited)).toMatchObject({ ok: true });
    expect(lines()).toContainEqual(
      expect.objectContaining({
        level: 40,
        minute: 1_518_467_820,
        msg: expect.stringContaining('app_rate_limited'),
      }),
    );
  });
});

describe('a press', () => {
  let message: Message;
  beforeEach(async () => {
    bot = await openWayIn('http');
    const value = JSON.stringify({ s: 'checkout', r: 'rel17', e: 4 });
    const button = (action: string) => ({
      type: 'button',
      action_id: action,
      text: { type: 'plain_text', text: 'Press' },
      value,
    });
    const blocks = [{ type: 'actions', elements: ['release.revert', 'release.force'].map(button) }] as never;
    const channel = bot.slack.channel('#shared');
    const { ts = '' } = await bot.client.chat.postMessage({
      channel: channel.id,
      text: 'checkout #17',
      blocks,
    });
    await bot.outbox.saveMessage({
      channel: channel.id,
      ts,
      kind: 'card',
      service: 'checkout',
      release: 'rel17',
      epoch: 4,
    });
    message = await bot.slack.until(() => channel.messages().find((one) => one.ts === ts));
  });

  /** The press of ann on the button, changed on its way. */
  const pressed = async (action: string, change: (payload: JsonObject) => void): Promise<void> => {
    await bot.slack.person('ann').presses(message, action, { accept: true, value: 'nonsense' });
    await until('the first one is answered', () => hints().length === 1);
    const payload = structuredClone(bot.slack.captured.at(-1)?.payload as JsonObject);
    inside(payload, 'actions')['value'] = JSON.stringify({ s: 'checkout', r: 'rel17', e: 4 });
    payload['trigger_id'] = `odd.${Math.random()}`;
    change(payload);
    expect(await bot.slack.sends('interactive', payload)).toMatchObject({ ok: true });
  };
  const hints = () => bot.slack.channel('#shared').ephemerals(bot.slack.person('ann'));
  const inside = (payload: JsonObject, key: string): JsonObject =>
    (key === 'actions' ? (payload[key] as JsonObject[])[0] : payload[key]) as JsonObject;

  test.each([
    'response_url',
    'channel',
    'trigger_id',
    'container.thread_ts',
    'actions.selected_option',
    'message.subtype',
    'team',
  ])('in which %s is null is carried out', async (path) => {
    await pressed('release.revert', (payload) => {
      const [first = '', second] = path.split('.');
      if (second === undefined) payload[first] = null;
      else inside(payload, first)[second] = null;
    });
    await until('it is carried out', () => bot.commands.length === 1);
    expect(bot.commands[0]).toMatchObject({ verb: 'revert', service: 'checkout', actor: { user: 'U0ANN' } });
  });

  test('without the value, or on no message that is known, is answered', async () => {
    await pressed('release.revert', (payload) => void (inside(payload, 'actions')['value'] = null));
    await until('it is answered', () => hints().length === 2);
    expect(hints()[1]?.text).toMatch(/^stale-button: /);
    expect(bot.commands).toEqual([]);
  });

  test.each([
    [
      'without any channel',
      'release.revert',
      (payload: JsonObject) => {
        payload['channel'] = null;
        inside(payload, 'container')['channel_id'] = null;
      },
    ],
    [
      'whose container is null',
      'release.revert',
      (payload: JsonObject) => void (payload['container'] = null),
    ],
    ['without actions', 'release.revert', (payload: JsonObject) => void (payload['actions'] = [])],
    [
      'on Force… whose value is a number',
      'release.force',
      (payload: JsonObject) => void (inside(payload, 'actions')['value'] = 7),
    ],
    [
      'on Force… without a trigger',
      'release.force',
      (payload: JsonObject) => void (payload['trigger_id'] = null),
    ],
  ])('%s is logged, and its person gets an answer', async (_what, action, change) => {
    await pressed(action, change);
    await until('it is told', () => hints().length === 2);
    expect(hints()[1]?.text).toMatch(/^stale-button: /);
    expect(bot.commands).toEqual([]);
    expect(lines().filter(({ level }) => level >= 50)).toEqual([]);
  });
});
