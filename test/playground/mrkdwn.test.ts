import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateText } from '../../packages/playground/src/page/public/dates.js';
import { completed, hintsFor } from '../../packages/playground/src/page/public/hints.js';
import { parse, safeLink, unescapeText } from '../../packages/playground/src/page/public/mrkdwn.js';
import type { Node } from '../../packages/playground/src/page/public/mrkdwn.js';
import { mrkdwn } from '../../src/slack/cards/mrkdwn.ts';

const text = (words: string): Node => ({ kind: 'text', text: words });

/** Every node of the tree, outer ones first. */
function all(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...('inner' in node ? all(node.inner) : [])]);
}

/** The tree in short: what a reader sees, with the kind of what is not plain. */
function shown(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (node.kind === 'text') return node.text;
      if (node.kind === 'break') return '⏎';
      if ('inner' in node) return `[${node.kind} ${shown(node.inner)}]`;
      return `[${node.kind} ${'text' in node ? node.text : 'id' in node ? node.id : node.at}]`;
    })
    .join('');
}

describe('mrkdwn on the page', () => {
  it.each([
    ['*bold* _italic_ ~gone~ `code`', '[bold bold] [italic italic] [strike gone] [code code]'],
    ['*bold with _italic_ in it*', '[bold bold with [italic italic] in it]'],
    ['2*3*4 and snake_case_name', '2*3*4 and snake_case_name'],
    ['* no * and *no\nmore*', '* no * and *no⏎more*'],
    ['`*not bold* <@U1>`', '[code *not bold* <@U1>]'],
    ['before ```\na *b*\n&lt;c&gt;``` after', 'before [pre a *b*\n<c>] after'],
    ['&gt; said\n&gt; twice\nnot', '[quote said⏎twice]not'],
    ['one\n\ntwo', 'one⏎⏎two'],
    [
      '<@U0ANN> <!subteam^S0LEADS> <#C0RELEASES> <!here>',
      '[user U0ANN] [group S0LEADS] [channel C0RELEASES] [broadcast here]',
    ],
    ['<https://example.com/a?b=1&amp;c=2|the *label*>', '[link the *label*]'],
    ['<!date^1790504100^{date_short_pretty} {time}|then>', '[date 1790504100000]'],
    [':white_check_mark: :nonsense: 12:30:45', '✅ :nonsense: 12:30:45'],
    ['&amp;lt; is &lt;', '&lt; is <'],
  ])('reads %j', (given, expected) => {
    expect(shown(parse(given))).toBe(expected);
  });

  it('links a bare address only when the text object is not verbatim', () => {
    expect(parse('see https://example.com/x')).toEqual([
      text('see '),
      { kind: 'link', url: 'https://example.com/x', inner: [text('https://example.com/x')] },
    ]);
    expect(parse('see https://example.com/x', { verbatim: true }).map(({ kind }) => kind)).toEqual([
      'text',
      'text',
    ]);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,<b>',
    'vbscript:x',
    'file:///etc/passwd',
    '//example.com',
    'x',
  ])('never follows %s', (url) => {
    expect(safeLink(url)).toBeUndefined();
    expect(all(parse(`<${url.replaceAll('<', '&lt;')}|click>`)).map(({ kind }) => kind)).not.toContain(
      'link',
    );
  });

  it('takes markup that Slack does not know for text', () => {
    expect(shown(parse('<@nobody> <!everybody> <#x> <!date^soon^{time}|soon> <b>'))).toBe(
      '@nobody !everybody #x soon b',
    );
  });

  it('makes nothing of hostile text that the bot wrote literally', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        '<',
        '>',
        '&',
        '*',
        '_',
        '~',
        '`',
        '@',
        '!',
        '|',
        ':',
        'U1',
        'a',
        ' ',
        '\n',
        'https://x.io',
        'lt;',
      ),
    });
    fc.assert(
      fc.property(hostile, (words) => {
        const kinds = all(parse(mrkdwn([words]), { verbatim: true })).map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind !== 'text')).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('loses no letter, however it is formatted', () => {
    const any = fc.string({
      unit: fc.constantFrom('*', '_', '~', '`', '&gt;', ' ', '\n', 'a', '@U1', '|'),
      maxLength: 200,
    });
    const letters = (given: string) => given.replaceAll(/[^a]/g, '').length;
    fc.assert(
      fc.property(any, (words) => {
        const kept = all(parse(words)).map((node) => ('text' in node ? node.text : ''));
        expect(letters(kept.join(''))).toBe(letters(words));
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads a long line of formatting characters at once', () => {
    const begun = performance.now();
    for (const mark of ['*', '_', '`', '<', '*a ', '_ *', '<@', ':a']) parse(mark.repeat(3_000));
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('unescapes once', () => {
    expect(unescapeText('&amp;amp;lt;')).toBe('&amp;lt;');
  });
});

describe('a date of mrkdwn', () => {
  const noon = new Date(2026, 8, 27, 12, 0, 30).getTime();
  it.each([
    ['{date_short_pretty} {time}', noon, 'today 12:00'],
    ['{date_short_pretty}', noon - 86_400_000, 'yesterday'],
    ['{date_short}', noon, 'Sep 27, 2026'],
    ['{date}', noon, 'September 27, 2026'],
    ['{time_secs} {unknown}', noon, '12:00:30 {unknown}'],
    ['{ago}', noon - 120_000, '2 minutes ago'],
  ])('of the format %s', (format, at, expected) => {
    expect(dateText(at, format, noon)).toBe(expected);
  });
});

describe('hints of the composer', () => {
  const commands = [
    '/release status [service]',
    '/release stage <service> <version>',
    '/stage <service> <version>',
    '/release help',
  ].map((usage) => ({ usage, summary: '', example: '' }));
  const usages = (typed: string) => hintsFor(commands, typed).map(({ usage }) => usage);
  const at = (index: number) => commands[index] ?? { usage: '', summary: '', example: '' };

  it('follow what is typed', () => {
    expect(usages('hello')).toEqual([]);
    expect(usages('/')).toHaveLength(4);
    expect(usages('/release sta')).toEqual([
      '/release status [service]',
      '/release stage <service> <version>',
    ]);
    expect(usages('/Release  STAGE demo')).toEqual(['/release stage <service> <version>']);
    expect(usages('/nothing')).toEqual([]);
  });

  it('complete the words and the service, and leave the rest to the person', () => {
    expect(completed(at(1), '/release sta', 'demo')).toBe('/release stage demo ');
    expect(completed(at(0), '/rel', 'demo')).toBe('/release status demo ');
    expect(completed(at(3), '/release h', 'demo')).toBe('/release help');
    expect(completed(at(1), '/release stage demo v', 'demo')).toBe('/release stage demo v');
  });
});
