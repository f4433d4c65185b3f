import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, Workspace } from '../../packages/slack-double/src/index.ts';
import {
  escapeText,
  linksOf,
  mentionsOf,
  openWorkspace,
  peopled,
  renderMessage,
  renderText,
  renderView,
  unescapeText,
} from '../../packages/slack-double/src/index.ts';
import { call } from './client.ts';

const world = peopled();
const section = (text: string): JsonObject => ({ type: 'section', text: { type: 'mrkdwn', text } });

describe('markup', () => {
  it('becomes names, dates and addresses', () => {
    expect(renderText(world, '<@U0ANN> and <!subteam^S0LEADS> in <#C0CHECKOUT>, <!here>')).toBe(
      '@ann and @leads in #checkout, @here',
    );
    expect(renderText(world, '<https://ci.example/1|build> &amp; *state:* _staged_')).toBe(
      'build (https://ci.example/1) & state: staged',
    );
    expect(renderText(world, '<https://ci.example/1|https://ci.example/1>')).toBe('https://ci.example/1');
    expect(renderText(world, 'until <!date^1790507700^{date_short} {time}|11:15 UTC>')).toBe(
      'until 2026-09-27 11:15',
    );
    expect(renderText(world, '<!date^soon^{time}|later>')).toBe('later');
  });

  it('is never found in escaped text', () => {
    const hostile = '<!channel> <@U0ANN> <!subteam^S0LEADS> <https://evil.example|click> &lt;!here&gt;';
    const escaped = escapeText(hostile);
    expect(unescapeText(escaped)).toBe(hostile);
    expect(renderText(world, escaped)).toBe(hostile);
    expect(mentionsOf({ text: escaped, blocks: [section(escaped)] })).toEqual([]);
    expect(linksOf({ text: '', blocks: [section(escaped)] }).filter(({ bare }) => !bare)).toEqual([]);
  });

  it('mentions from mrkdwn and rich text only', () => {
    const blocks: JsonObject[] = [
      { type: 'header', text: { type: 'plain_text', text: '<!channel>' } },
      {
        ...section('<@U0ANN>'),
        accessory: {
          type: 'button',
          action_id: 'a',
          text: { type: 'plain_text', text: '<@U0BOB>' },
          confirm: { text: { type: 'mrkdwn', text: '<!everyone>' } },
        },
      },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'usergroup', usergroup_id: 'S0LEADS' },
              { type: 'text', text: '<!here>' },
            ],
          },
        ],
      },
    ];
    expect(mentionsOf({ text: '<!here>', blocks })).toEqual([
      { kind: 'broadcast', id: 'here', where: 'text' },
      { kind: 'user', id: 'U0ANN', where: 'blocks' },
      { kind: 'group', id: 'S0LEADS', where: 'blocks' },
    ]);
  });

  it('links what looks like an address, unless the text is verbatim', () => {
    expect(linksOf({ text: 'see https://a.example/x' })).toEqual([
      { url: 'https://a.example/x', bare: true },
    ]);
    expect(
      linksOf({
        text: '',
        blocks: [
          { type: 'context', elements: [{ type: 'mrkdwn', text: 'https://a.example', verbatim: true }] },
        ],
      }),
    ).toEqual([]);
  });
});

describe('a rendered message', () => {
  let slack: Workspace;
  beforeEach(async () => {
    slack = await openWorkspace();
  });
  afterEach(() => slack.close());

  it('is headers, fields, context and buttons', () => {
    const plain = (text: string): JsonObject => ({ type: 'plain_text', text });
    const blocks: JsonObject[] = [
      { type: 'header', text: plain('checkout #17') },
      { type: 'section', fields: [{ type: 'mrkdwn', text: '*Live*\nblue' }] },
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'by <@U0ANN>' }] },
      { type: 'divider' },
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'a', text: plain('Promote') },
          { type: 'overflow', action_id: 'b', options: [{ text: plain('Plan'), value: 'p' }] },
        ],
      },
    ];
    expect(renderMessage(world, { text: 'ignored', blocks })).toBe(
      '▌ checkout #17\n  Live: blue\n· by @ann\n────\n[Promote] [⋯ Plan]',
    );
    const input: JsonObject = {
      type: 'input',
      label: plain('Why'),
      element: { type: 'plain_text_input', action_id: 'r' },
    };
    expect(renderView(world, { title: plain('Force'), submit: plain('Do it'), blocks: [input] })).toBe(
      '┌ Force\nWhy: [____ ▾]\n[Do it]',
    );
  });

  it('is a transcript with threads indented and private words marked', async () => {
    const { body } = await call(slack, 'chat.postMessage', {
      channel: 'C0RELEASES',
      text: 'checkout staged',
    });
    slack.person('bob').says('#releases', 'fine by me', { thread: String(body['ts'] as string) });
    await call(slack, 'chat.postEphemeral', { channel: 'C0RELEASES', user: 'U0ANN', text: 'not-allowed' });
    const lines = slack
      .transcript('#releases')
      .replaceAll(/\d\d:\d\d:\d\d/g, 'HH:MM:SS')
      .split('\n');
    expect(lines).toEqual([
      '#releases',
      'HH:MM:SS switchback',
      '  checkout staged',
      '    HH:MM:SS bob',
      '      fine by me',
      'HH:MM:SS switchback (only you see this: ann)',
      '  not-allowed',
    ]);
  });

  it('notifies the people who are mentioned, their groups, and everybody in a broadcast', async () => {
    for (const text of ['<@U0ANN> look', '<!subteam^S0LEADS> look', '<!channel>', escapeText('<!channel>')])
      await call(slack, 'chat.postMessage', { channel: 'C0RELEASES', text });
    expect(slack.notifications('ann').map(({ text }) => text)).toEqual(['<@U0ANN> look', '<!channel>']);
    expect(slack.notifications('bob').map(({ text }) => text)).toEqual([
      '<!subteam^S0LEADS> look',
      '<!channel>',
    ]);
  });
});
