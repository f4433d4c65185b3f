import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  houseRules,
  LIMITS,
  linksOf,
  mentionsOf,
  messageProblems,
} from '../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../packages/slack-double/src/index.ts';
import { Fault } from '../../src/release/fault.ts';
import { line } from '../../src/release/line.ts';
import type { Line } from '../../src/release/line.ts';
import {
  answerReply,
  drawReply,
  failureReply,
  forceButton,
  refusalReply,
  unconfirmed,
} from '../../src/slack/reply.ts';
import type { SlackMessage } from '../../src/slack/reply.ts';

const blocksOf = (message: SlackMessage): JsonObject[] => message.blocks as JsonObject[];

function sectionsOf(message: SlackMessage): string[] {
  return message.blocks.flatMap((block) =>
    block['type'] === 'section' ? [(block['text'] as { text: string }).text] : [],
  );
}

/** Slack takes it: by the rules of blocks, of one message, and of the project. */
function expectSendable(message: SlackMessage): void {
  const blocks = blocksOf(message);
  expect(messageProblems(blocks)).toEqual([]);
  expect(houseRules({ text: message.text, blocks })).toEqual([]);
  expect(sectionsOf(message).join('').length).toBeLessThanOrEqual(LIMITS.blocksText - 200);
  expect(message.text.length).toBeLessThanOrEqual(LIMITS.postText);
}

const nasty = fc.constantFrom(
  '<!channel>',
  '<!here|x>',
  '<@U0EVE>',
  '<!subteam^S0LEADS>',
  '<https://evil.example|Approve>',
  '```',
  '*_~`',
  ':rotating_light:',
  '\r\n> quote\n',
  '\u202e\u2066\u200b\u0000',
  '&'.repeat(300),
  '😀',
  '\ud800',
  'x'.repeat(10_000),
);
const hostile = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'binary' })), { maxLength: 8 })
  .map((all) => all.join(''));

describe('a reply', () => {
  test('an answer that others see names people and groups, and mentions none', () => {
    const lines = [line`locked: by ${{ user: 'U0ANN' }}. Ask ${{ group: 'S0LEADS' }} at ${{ at: 0 }}.`];
    const drawn = drawReply(Object.freeze({ lines }), { open: true });
    const mentioned = ({ text, blocks }: SlackMessage) =>
      mentionsOf({ text, blocks: blocks as JsonObject[] });
    expect(mentioned(drawn)).toEqual([]);
    expect(drawn.text).toContain('by U0ANN. Ask S0LEADS');
    expect(mentioned(drawReply(Object.freeze({ lines })))).not.toEqual([]);
  });

  test('is one section of lines, with the same lines next to it for phones', () => {
    const drawn = drawReply({ lines: [line`status: ${{ bold: 'checkout' }}`, line`state: idle`] });
    expect(drawn).toEqual({
      text: 'status: checkout\nstate: idle',
      blocks: [
        {
          type: 'section',
          text: { type: 'mrkdwn', text: 'status: *checkout*\nstate: idle', verbatim: true },
        },
      ],
    });
  });

  test('of many long lines stays within one message and says how many are left out', () => {
    const lines = Array.from({ length: 200 }, (_, i): Line => [`${i + 1}: ${'é'.repeat(200)}`]);
    const drawn = drawReply({ lines });
    expectSendable(drawn);
    const shown = sectionsOf(drawn).join('\n').split('\n');
    expect(shown[0]).toMatch(/^1: é/);
    expect(shown.at(-1)).toBe(`… and ${200 - (shown.length - 1)} more lines.`);
    expect(drawn.text.split('\n').at(-1)).toMatch(/^… and \d+ more lines\.$/);
  });

  test('leaves out lines in which nothing is visible', () => {
    const drawn = drawReply({ lines: [line`lock: done`, ['\u200b\u0000'], []] });
    expect(sectionsOf(drawn)).toEqual(['lock: done']);
    expect(drawn.text).toBe('lock: done');
    expectSendable(drawReply({ lines: [['\u200b'], line`x`] }));
  });

  test('from hostile text mentions nobody, links nowhere and is taken by Slack', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 12 }), fc.boolean(), (texts, force) => {
        const about = {
          service: 's'.repeat(63),
          release: crypto.randomUUID(),
          epoch: Number.MAX_SAFE_INTEGER,
        };
        const drawn = drawReply({
          lines: texts.map((text) => line`history: ${text} ${{ code: text }} ${{ bold: text }}`),
          ...(force && { buttons: [forceButton(about)] }),
        });
        expectSendable(drawn);
        const message = { text: drawn.text, blocks: blocksOf(drawn) };
        expect(mentionsOf(message)).toEqual([]);
        expect(linksOf(message)).toEqual([]);
        for (const text of [drawn.text, ...sectionsOf(drawn)]) {
          expect(text).not.toMatch(/<[!@#h]/);
          expect(
            text.split('\n').every((one) => one.startsWith('history:') || one.startsWith('… and ')),
          ).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the answer to a command', () => {
  test('an acceptance is its sentence; only a repeated press says that it is one', () => {
    const answer = { ok: true as const, text: line`promote: checkout #2 goes on.`, repeated: true };
    expect(drawReply(answerReply(answer)).text).toBe('promote: checkout #2 goes on.');
    expect(drawReply(answerReply(answer, true)).text).toBe(
      'promote: checkout #2 goes on. Slack sent this press again; nothing was done twice.',
    );
  });

  test('a refusal begins with its code, and one that yields to force can have the button for it', () => {
    const refusal = { code: 'unhealthy' as const, why: line`blue answered 503.`, next: line`Force it.` };
    const about = { service: 'checkout', release: 'r-1', epoch: 3 };
    const reply = answerReply({ ok: false, refusal });
    const drawn = drawReply({ ...reply, buttons: [forceButton(about)] });
    expect(drawn.text).toBe('unhealthy: blue answered 503. Force it.');
    expect(drawn.blocks[1]).toMatchObject({
      type: 'actions',
      elements: [
        {
          action_id: 'release.force',
          style: 'danger',
          value: JSON.stringify({ s: 'checkout', r: 'r-1', e: 3 }),
        },
      ],
    });
    expect(drawReply(refusalReply(refusal)).blocks).toHaveLength(1);
    expectSendable(drawn);
  });

  test('an unavailable storage refuses; an outcome that nobody knows is not confirmed', () => {
    const away = drawReply(failureReply(new Fault('storage-unavailable', 'x'))).text;
    expect(away).toMatch(/^storage-unavailable: .*nothing was done/);
    for (const reply of [failureReply(new TypeError('<!channel>')), unconfirmed()])
      expect(drawReply(reply).text).toMatch(/^storage-unavailable: .*not confirmed/);
  });
});
