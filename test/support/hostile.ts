import fc from 'fast-check';
import { expect } from 'vitest';
import {
  controlsOf,
  houseRules,
  LIMITS,
  linksOf,
  mentionsOf,
  messageProblems,
} from '../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../packages/slack-double/src/index.ts';
import type { SlackMessage } from '../../src/slack/reply.ts';

const nasty = fc.constantFrom(
  '<!channel>',
  '<!here|x>',
  '<@U0EVE>',
  '<!subteam^S0LEADS>',
  '<#C0ONE>',
  '<https://evil.example|Approve here>',
  'https://evil.example/x',
  '&lt;!here&gt;',
  '`',
  '```',
  '*_~',
  ':rotating_light:',
  '\n> quote\r\n',
  '\u2028',
  '\u202e\u2066',
  '\u200b\ufeff\u0000\u001b[31m',
  '&',
  '|',
  '😀',
  '\ud800',
  'checkout',
  ' ',
);
/** Text that somebody may send to mention, link, format, turn around or break out. */
export const hostile = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(fc.oneof(nasty, fc.string()), { maxLength: 12 }).map((all) => all.join('')),
  },
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'x'.repeat(10_000),
      '&'.repeat(300),
      '<!channel>'.repeat(1_000),
      '😀'.repeat(64),
    ),
  },
);
/** All words of plain text objects: nothing in them is read by Slack, but they must stay on their line and visible. */
function plainTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(plainTexts);
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Record<string, unknown>;
  const own = object['type'] === 'plain_text' ? [object['text'] as string] : [];
  return [...own, ...Object.values(object).flatMap(plainTexts)];
}

function characters(blocks: unknown): number {
  let sum = 0;
  JSON.stringify(blocks, (key, value: unknown) => {
    if (key === 'text' && typeof value === 'string') sum += value.length;
    return value;
  });
  return sum;
}

/**
 * Within Slack's limits; mentions only users that are `mentioned`, links only to `hosts`, shows no control or
 * direction-changing characters, breaks no line of its own.
 */
export function expectHarmless(
  message: SlackMessage,
  { mentioned, hosts }: { mentioned: (id: string) => boolean; hosts: ReadonlySet<string> },
): void {
  const blocks = message.blocks as JsonObject[];
  expect(messageProblems(blocks)).toEqual([]);
  expect(houseRules({ text: message.text, blocks })).toEqual([]);
  expect(characters(blocks)).toBeLessThanOrEqual(LIMITS.blocksText);
  expect(message.text.length).toBeLessThanOrEqual(LIMITS.updateText);
  for (const mention of mentionsOf({ text: message.text, blocks })) {
    expect(mention.kind).toBe('user');
    expect(mentioned(mention.id)).toBe(true);
  }
  for (const { url, bare } of linksOf({ text: message.text, blocks })) {
    expect(bare).toBe(false);
    expect(hosts).toContain(new URL(url.replaceAll('&amp;', '&')).host);
  }
  expect(JSON.stringify(message).isWellFormed()).toBe(true);
  for (const words of [message.text, ...plainTexts(blocks)])
    expect(words.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u);
  for (const { confirm } of controlsOf(blocks))
    expect(Object.values(confirm ?? {}).join(' ')).not.toMatch(/[\r\n]/);
}
