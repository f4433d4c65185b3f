import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { line } from '../../../src/release/line.ts';
import type { Part } from '../../../src/release/line.ts';
import { bold, code, literal, mrkdwn, plainText, safeUrl } from '../../../src/slack/cards/mrkdwn.ts';
import { refusalLine } from '../../../src/text/refusal-line.ts';

const nasty = fc.constantFrom(
  '<!channel>',
  '<!here|x>',
  '<@U0ANN>',
  '<#C0ONE>',
  '<https://evil.example|Approve>',
  '&lt;!here&gt;',
  '`',
  '```',
  '*',
  '_',
  '~',
  ':rotating_light:',
  '\n',
  '\r\n> quote',
  '\u202e',
  '\u200b',
  '\u0000',
  '&',
  '<',
  '>',
  '|',
  '😀',
  '\ud800',
  'word',
  ' ',
  '<mailto:a@b.c>',
  '<tel:1>',
);
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.oneof(nasty, fc.string()), { maxLength: 30 }).map((all) => all.join('')),
);
const hostilePart: fc.Arbitrary<Part> = fc.oneof(
  hostile,
  fc.record({ user: hostile }),
  fc.record({ group: hostile }),
  fc.record({ at: fc.double() }),
  fc.record({ code: hostile }),
  fc.record({ bold: hostile }),
  fc.record({ url: hostile, label: hostile }),
);

/** Nothing in it is a token of Slack, and every entity is whole. */
function expectInert(text: string): void {
  expect(text.replace(/<!date\^\d+\^[^<>|]+\|[^<>|]+>/g, '')).not.toMatch(/[<>]/);
  expect(text).not.toMatch(/&(?!amp;|lt;|gt;)/);
  expect(text).not.toMatch(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u);
  expect(text.isWellFormed()).toBe(true);
}

describe('a line for Slack', () => {
  test('renders each typed part as its markup', () => {
    const text = line`by ${{ user: 'U0ANN' }} of ${{ group: 'S0LEADS' }} at ${{ at: 1_790_504_100_000 }}: ${{ code: 'unhealthy' }} ${{ bold: 'green' }} ${{ url: 'https://git.example/a?x=1&y=2', label: 'diff' }}`;
    expect(mrkdwn(text)).toBe(
      'by <@U0ANN> of <!subteam^S0LEADS> at <!date^1790504100^{date_short_pretty} {time}|2026-09-27 10:15 UTC>: `unhealthy` *green* <https://git.example/a?x=1&amp;y=2|diff>',
    );
    expect(plainText(text)).toBe(
      'by <@U0ANN> of <!subteam^S0LEADS> at 2026-09-27 10:15 UTC: unhealthy green diff',
    );
  });

  test('from hostile text and hostile ids mentions nobody, links nowhere and holds no control characters', () => {
    fc.assert(
      fc.property(fc.array(hostilePart, { maxLength: 8 }), (parts) => {
        const links = parts.flatMap((part) =>
          typeof part === 'object' && 'url' in part ? (safeUrl(part.url) ?? []) : [],
        );
        let text = mrkdwn(parts);
        for (const href of links)
          text = text.replace(`<${href.replaceAll('&', '&amp;')}|`, '').replace('>', '');
        for (const id of parts)
          if (typeof id === 'object' && 'user' in id && /^[UW][A-Z0-9]+$/.test(id.user))
            text = text.replace(`<@${id.user}>`, '');
        for (const id of parts)
          if (typeof id === 'object' && 'group' in id && /^S[A-Z0-9]+$/.test(id.group))
            text = text.replace(`<!subteam^${id.group}>`, '');
        expectInert(text);
        expect(mrkdwn(parts).length).toBeLessThanOrEqual(2_900);
      }),
      { numRuns: 500 },
    );
  });

  test('from hostile strings is inert as text and as mrkdwn, at any length', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 0, max: 80 }), (text, most) => {
        for (const out of [mrkdwn([text], most), plainText([text], most), literal(text, most)]) {
          expectInert(out);
          expect(out).not.toMatch(/<!|<@|<#|<http/);
          expect(out.length).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a code span has exactly two back-ticks, with any text inside', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const out = code(text);
        expect(out).toMatch(/^(`[^`]+`)?$/);
        expectInert(out);
        expect(literal(text)).not.toContain('`');
        expect(bold(text)).toMatch(/^(\*[^*]+\*)?$/);
      }),
    );
  });

  test('untrusted words cannot start formatting, but names with underscores stay as they are', () => {
    expect(literal('*bold* _it_ ~no~ snake_case_name 2*3*4')).toBe('∗bold∗ ˍitˍ ∼no∼ snake_case_name 2*3*4');
  });

  test('emoji codes are shown as written, and times of day are left alone', () => {
    expect(literal('done :rotating_light:')).toBe('done \ua789rotating_light:');
    expect(literal('at 10:15:30')).toBe('at 10:15:30');
    expect(literal('full :100:')).toBe('full \ua789100:');
  });

  test('no emoji comes about where two parts meet', () => {
    for (const parts of [
      ['cli:fire', ': still firing'],
      ['Names:', 'fire: a'],
      ['a :fi', 're', ': b'],
      [':', 'fire', ':'],
      ['full :1', '00:'],
    ])
      for (const out of [mrkdwn(parts), plainText(parts)]) {
        expect(out).not.toMatch(/:[a-z0-9]+:/);
        expect(out.replaceAll('\ua789', ':')).toBe(parts.join(''));
      }
    expect(mrkdwn(['cli:ann', ' at 10', ':15', ': ', 'done'])).toBe('cli:ann at 10:15: done');
  });

  test('breaks are folded, and a leading > is no quotation', () => {
    expect(mrkdwn(['a\r\n\nb'])).toBe('a b');
    expect(mrkdwn(['> quoted'])).toBe('› quoted');
  });

  test('links with other schemes, credentials or no sense are only their label', () => {
    for (const url of [
      'javascript:alert(1)',
      'https://user:pw@evil.example/',
      '//x',
      'slack://channel',
      '',
    ]) {
      expect(mrkdwn([{ url, label: 'diff' }])).toBe('diff');
    }
    expect(mrkdwn([{ url: 'https://a.example/x|y>z', label: 'a|<b>' }])).toBe(
      '<https://a.example/x%7Cy%3Ez|a|&lt;b&gt;>',
    );
  });

  test('a refusal begins with its code and says why, what is true and what to do', () => {
    const text = refusalLine({
      code: 'locked',
      why: line`It is locked.`,
      now: line`It is idle.`,
      next: line`Unlock it.`,
    });
    expect(mrkdwn(text)).toBe('locked: It is locked. It is idle. Unlock it.');
    expect(plainText(refusalLine({ code: 'locked', why: line`It is locked.`, next: [] }))).toBe(
      'locked: It is locked.',
    );
  });
});
