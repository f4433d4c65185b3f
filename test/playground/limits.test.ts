import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, Workspace } from '../../packages/slack-double/src/index.ts';
import {
  houseRules,
  messageProblems,
  openWorkspace,
  viewProblems,
} from '../../packages/slack-double/src/index.ts';
import { call } from './client.ts';

const plain = (length: number): JsonObject => ({ type: 'plain_text', text: 'x'.repeat(length) });
const mrkdwn = (length: number): JsonObject => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const list = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index));
const button = (more: JsonObject = {}): JsonObject => ({
  type: 'button',
  action_id: 'a',
  text: plain(1),
  ...more,
});
const actions = (...elements: JsonObject[]): JsonObject => ({ type: 'actions', elements });
const confirm = (more: JsonObject = {}): JsonObject => ({
  title: plain(1),
  text: mrkdwn(1),
  confirm: plain(1),
  deny: plain(1),
  ...more,
});
const option = (label: number, value: number, index = 0): JsonObject => ({
  text: plain(label),
  value: 'x'.repeat(value - 1) + index,
});
const overflow = (options: JsonObject[]): JsonObject => ({ type: 'overflow', action_id: 'o', options });

/** What it is; how many Slack takes; how to make one of that size; where Slack points at when it is one more. */
const limits: [what: string, most: number, make: (size: number) => JsonObject[], pointer: string][] = [
  ['blocks in a message', 50, (size) => list(size, () => ({ type: 'divider' })), '/blocks'],
  [
    'characters in a section',
    3_000,
    (size) => [{ type: 'section', text: mrkdwn(size) }],
    '/blocks/0/text/text',
  ],
  [
    'fields in a section',
    10,
    (size) => [{ type: 'section', fields: list(size, () => mrkdwn(1)) }],
    '/blocks/0/fields',
  ],
  [
    'characters in a field',
    2_000,
    (size) => [{ type: 'section', fields: [mrkdwn(size)] }],
    '/blocks/0/fields/0/text',
  ],
  ['characters in a header', 150, (size) => [{ type: 'header', text: plain(size) }], '/blocks/0/text/text'],
  [
    'characters in a context element',
    3_000,
    (size) => [{ type: 'context', elements: [mrkdwn(size)] }],
    '/blocks/0/elements/0/text',
  ],
  [
    'elements in a context',
    10,
    (size) => [{ type: 'context', elements: list(size, () => mrkdwn(1)) }],
    '/blocks/0/elements',
  ],
  [
    'elements in actions',
    25,
    (size) => [actions(...list(size, (n) => button({ action_id: `a${n}` })))],
    '/blocks/0/elements',
  ],
  [
    'characters on a button',
    75,
    (size) => [actions(button({ text: plain(size) }))],
    '/blocks/0/elements/0/text/text',
  ],
  [
    'characters in a value',
    2_000,
    (size) => [actions(button({ value: 'x'.repeat(size) }))],
    '/blocks/0/elements/0/value',
  ],
  [
    'characters in an action_id',
    255,
    (size) => [actions(button({ action_id: 'x'.repeat(size) }))],
    '/blocks/0/elements/0/action_id',
  ],
  [
    'characters in a block_id',
    255,
    (size) => [{ type: 'divider', block_id: 'x'.repeat(size) }],
    '/blocks/0/block_id',
  ],
  [
    'characters in an accessibility label',
    75,
    (size) => [actions(button({ accessibility_label: 'x'.repeat(size) }))],
    '/blocks/0/elements/0/accessibility_label',
  ],
  [
    'characters in a confirm title',
    100,
    (size) => [actions(button({ confirm: confirm({ title: plain(size) }) }))],
    '/blocks/0/elements/0/confirm/title/text',
  ],
  [
    'characters in a confirm text',
    300,
    (size) => [actions(button({ confirm: confirm({ text: mrkdwn(size) }) }))],
    '/blocks/0/elements/0/confirm/text/text',
  ],
  [
    'characters in a confirm label',
    30,
    (size) => [actions(button({ confirm: confirm({ confirm: plain(size) }) }))],
    '/blocks/0/elements/0/confirm/confirm/text',
  ],
  [
    'characters in a deny label',
    30,
    (size) => [actions(button({ confirm: confirm({ deny: plain(size) }) }))],
    '/blocks/0/elements/0/confirm/deny/text',
  ],
  [
    'options in an overflow menu',
    5,
    (size) => [actions(overflow(list(size, (n) => option(1, 2, n))))],
    '/blocks/0/elements/0/options',
  ],
  [
    'characters on an option',
    75,
    (size) => [actions(overflow([option(size, 2)]))],
    '/blocks/0/elements/0/options/0/text/text',
  ],
  [
    'characters in an option value',
    150,
    (size) => [actions(overflow([option(1, size)]))],
    '/blocks/0/elements/0/options/0/value',
  ],
  [
    'characters on an accessory button',
    75,
    (size) => [{ type: 'section', text: mrkdwn(1), accessory: button({ text: plain(size) }) }],
    '/blocks/0/accessory/text/text',
  ],
];

/** Blocks that Slack refuses whatever their size. */
const wrong: [what: string, blocks: JsonObject[]][] = [
  ['a section with an empty text', [{ type: 'section', text: mrkdwn(0) }]],
  ['a section with neither text nor fields', [{ type: 'section' }]],
  ['a header in mrkdwn', [{ type: 'header', text: mrkdwn(3) }]],
  ['a button text in mrkdwn', [actions(button({ text: mrkdwn(3) }))]],
  ['a button style that does not exist', [actions(button({ style: 'green' }))]],
  ['actions without elements', [actions()]],
  [
    'a confirm dialog without deny',
    [actions(button({ confirm: { title: plain(1), text: mrkdwn(1), confirm: plain(1) } }))],
  ],
  [
    'two equal block_ids',
    [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ],
  ],
  ['two equal action_ids in one block', [actions(button(), button())]],
  ['a property that the block does not have', [{ type: 'divider', colour: 'red' }]],
  ['a block type that does not exist', [{ type: 'banner' }]],
  ['an alert outside of a modal', [{ type: 'alert', text: plain(3) }]],
];

describe('Slack’s limits', () => {
  let slack: Workspace;
  beforeAll(async () => {
    slack = await openWorkspace({ postRate: { perMinute: 60_000, burst: 1_000 } });
  });
  afterAll(() => slack.close());

  it.each(limits)(
    'takes as many %s as allowed, %i, and refuses one more',
    async (_what, most, make, pointer) => {
      expect(messageProblems(make(most))).toEqual([]);
      const { body } = await call(slack, 'chat.postMessage', {
        channel: 'C0RELEASES',
        text: 'x',
        blocks: make(most + 1),
      });
      expect(body).toMatchObject({ ok: false, error: 'invalid_blocks' });
      expect(JSON.stringify(body['response_metadata'])).toContain(`[json-pointer:${pointer}]`);
    },
  );

  it.each(wrong)('refuses %s', async (_what, blocks) => {
    const { body } = await call(slack, 'chat.postMessage', { channel: 'C0RELEASES', text: 'x', blocks });
    expect(body).toMatchObject({ ok: false, error: 'invalid_blocks' });
    expect(slack.violations.at(-1)).toMatchObject({
      kind: 'refused',
      where: 'chat.postMessage',
      error: 'invalid_blocks',
    });
  });

  it('says at which place and by which rule it refused', () => {
    expect(messageProblems([actions(button({ colour: 'red' }))])).toEqual([
      { at: '/blocks/0/elements/0', says: 'invalid additional property: colour' },
    ]);
  });

  it('takes no message without words, none that is too long, and none whose blocks are too long together', async () => {
    const post = async (args: JsonObject) =>
      (await call(slack, 'chat.postMessage', { channel: 'C0RELEASES', ...args })).body['error'];
    expect(await post({})).toBe('no_text');
    expect(await post({ text: '  ' })).toBe('no_text');
    expect(await post({ text: 'x'.repeat(40_000) })).toBeUndefined();
    expect(await post({ text: 'x'.repeat(40_001) })).toBe('msg_too_long');
    expect(await post({ text: 'x', blocks: 'nonsense' })).toBe('invalid_blocks_format');
    const full = list(5, () => ({ type: 'section', text: mrkdwn(2_400) }));
    expect(await post({ text: 'x', blocks: full })).toBeUndefined();
    expect(await post({ text: 'x', blocks: [...full, { type: 'header', text: plain(1) }] })).toBe(
      'msg_blocks_too_long',
    );
  });

  it('takes 4,000 characters in an edit and refuses more', async () => {
    const { body } = await call(slack, 'chat.postMessage', { channel: 'C0RELEASES', text: 'x' });
    const edit = async (text: string) =>
      (await call(slack, 'chat.update', { channel: 'C0RELEASES', ts: body['ts'] ?? '', text })).body['error'];
    expect(await edit('x'.repeat(4_000))).toBeUndefined();
    expect(await edit('x'.repeat(4_001))).toBe('msg_too_long');
  });

  it('looks at modals with the limits of modals', () => {
    const input: JsonObject = {
      type: 'input',
      label: plain(1),
      element: { type: 'plain_text_input', action_id: 'reason' },
    };
    const modal = (more: JsonObject = {}): JsonObject => ({
      type: 'modal',
      title: plain(24),
      submit: plain(24),
      close: plain(24),
      private_metadata: 'x'.repeat(3_000),
      callback_id: 'x'.repeat(255),
      blocks: [input],
      ...more,
    });
    const refused = (more: JsonObject) => viewProblems(modal(more)).map(({ at }) => at);
    const { submit: _submit, ...unsendable } = modal();
    expect(viewProblems(modal())).toEqual([]);
    expect(viewProblems(modal({ blocks: list(100, () => ({ type: 'divider' })) }))).toEqual([]);
    expect(refused({ blocks: list(101, () => ({ type: 'divider' })) })).toEqual(['/blocks']);
    expect(refused({ title: plain(25) })).toEqual(['/title/text']);
    expect(refused({ submit: plain(25) })).toEqual(['/submit/text']);
    expect(refused({ private_metadata: 'x'.repeat(3_001) })).toEqual(['/private_metadata']);
    expect(refused({ callback_id: 'x'.repeat(256) })).toEqual(['/callback_id']);
    expect(viewProblems(unsendable)).toHaveLength(1);
  });

  it('keeps the project’s own rules apart: text next to blocks, one primary button', async () => {
    const two = [actions(button({ style: 'primary' }), button({ style: 'primary', action_id: 'b' }))];
    expect(houseRules({ text: 'x', blocks: [actions(button({ style: 'primary' }))] })).toEqual([]);
    expect(houseRules({ text: '', blocks: two })).toEqual([
      'blocks without a text next to them',
      '2 primary buttons in one message',
    ]);
    const { body } = await call(slack, 'chat.postMessage', {
      channel: 'C0RELEASES',
      blocks: [{ type: 'divider' }],
    });
    expect(body['ok']).toBe(true);
    expect(slack.violations.at(-1)).toMatchObject({
      kind: 'house',
      error: 'blocks without a text next to them',
    });
    await call(slack, 'chat.postMessage', { channel: 'C0RELEASES', text: '@channel', parse: 'full' });
    expect(slack.violations.at(-1)).toMatchObject({ kind: 'house', where: 'chat.postMessage' });
  });
});
