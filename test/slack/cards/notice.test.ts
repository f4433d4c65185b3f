import { describe, expect, test } from 'vitest';
import {
  controlsOf,
  houseRules,
  mentionsOf,
  messageProblems,
} from '../../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../../packages/slack-double/src/index.ts';
import { line } from '../../../src/release/line.ts';
import type { Notice } from '../../../src/release/store.ts';
import { noticeMessage } from '../../../src/slack/cards/notice.ts';
import { at, recordIn } from './record.ts';

let count = 0;
function noticeWith(change: Partial<Notice> = {}): Notice {
  count += 1;
  return {
    id: `n${count}`,
    service: 'checkout',
    release: 'r-17',
    kind: 'event',
    text: line`said ${count}`,
    at,
    about: { release: 'r-17', epoch: 4 },
    ...change,
  };
}

const idsOf = (notice: Notice): (string | undefined)[] =>
  controlsOf(
    noticeMessage([notice], recordIn(notice.buttons === 'stuck' ? 'stuck' : 'baking')).blocks as JsonObject[],
  ).map((each) => each.actionId);

describe('a notice', () => {
  test.each([
    ['drift', ['release.retry', 'release.adopt']],
    ['stuck', ['release.retry', 'release.revert', 'release.adopt']],
    ['unhealthy', ['release.revert']],
    ['lock', ['lock.extend']],
    ['force', ['release.force']],
  ] as const)('of %s has its buttons, and Slack takes it', (buttons, ids) => {
    const notice = noticeWith({ buttons });
    expect(idsOf(notice)).toEqual(ids);
    const message = noticeMessage([notice], recordIn('baking'));
    expect(messageProblems(message.blocks)).toEqual([]);
    expect(houseRules({ text: message.text, blocks: message.blocks as JsonObject[] })).toEqual([]);
    expect(JSON.stringify(message.blocks)).toContain('{\\"s\\":\\"checkout\\",\\"r\\":\\"r-17\\",\\"e\\":4}');
  });

  test('of a revert that could not be carried out has Try again, and says where that goes', () => {
    const [again] = controlsOf(
      noticeMessage([noticeWith({ buttons: 'unhealthy', again: true })], recordIn('baking'))
        .blocks as JsonObject[],
    );
    expect(again).toMatchObject({ actionId: 'release.revert', label: 'Try again to revert to blue v1.41.3' });
    expect(again?.confirm?.confirm).toBe('Revert to blue');
  });

  test('with Force… says what was wrong with the way back, or with the router', () => {
    const unreverted = {
      id: 'op',
      color: 'blue',
      version: 'v1',
      cause: 'no pod is ready',
      epoch: 4,
    } as const;
    const noteOf = (code: string): string =>
      JSON.stringify(
        noticeMessage(
          [noticeWith({ buttons: 'force' })],
          recordIn('baking', { unreverted: { ...unreverted, code } }),
        ).blocks,
      );
    expect(noteOf('unhealthy')).toContain('blue v1 did not answer well: no pod is ready');
    expect(noteOf('router-not-ready')).toContain('the router could not serve blue v1: no pod is ready');
  });

  test('whose place a newer message takes shows no tick of done', () => {
    const ended = (text: string): string => {
      const notice = noticeWith({ buttons: 'unhealthy', asks: 'unhealthy' });
      const asks = [{ id: notice.id, kind: 'unhealthy' as const, ended: line`${text}, ${{ at }}.` }];
      return noticeMessage([notice], recordIn('baking', { asks })).text;
    };
    expect(ended('A newer message replaced this one')).toMatch(/\n⤵️ A newer/);
    expect(ended('No longer open')).toMatch(/\n▫️ No longer/);
    expect(ended('Done: it was reverted')).toMatch(/\n✅ Done/);
  });

  test('that has ended shows no warning of its own any more', () => {
    const notice = noticeWith({ asks: 'lock', text: line`⚠️ checkout: blue v1 is down.` });
    const textOf = (ended?: string): string => {
      const asks = [{ id: notice.id, kind: 'lock' as const, ...(ended && { ended: line`${ended}` }) }];
      return noticeMessage([notice], recordIn('baking', { asks })).text;
    };
    expect(textOf()).toMatch(/^⚠️ checkout/u);
    expect(textOf('It answers again')).toBe('checkout: blue v1 is down.\n✅ It answers again');
  });

  test('of drift offers to put the router back to the recorded color', () => {
    const [putBack] = controlsOf(
      noticeMessage([noticeWith({ buttons: 'drift' })], recordIn('idle')).blocks as JsonObject[],
    );
    expect(putBack?.label).toBe('Put back to green v1.42.0');
    expect(JSON.stringify(putBack?.confirm)).toContain('100 % of traffic moves to green, v1.42.0');
  });

  test('of drift and of a stuck operation names that operation in Retry alone', () => {
    const [drift, stuck] = (['drift', 'stuck'] as const).map((buttons) => {
      const { blocks } = noticeMessage([noticeWith({ buttons })], recordIn('stuck'));
      return controlsOf(blocks as JsonObject[])[0]?.value;
    });
    expect(drift).toBe('{"s":"checkout","r":"r-17","e":4}');
    expect(stuck).toBe('{"s":"checkout","r":"r-17","q":"op","e":4}');
  });

  test('of what is stuck has no red button: Retry comes first', () => {
    const { blocks } = noticeMessage([noticeWith({ buttons: 'stuck' })], recordIn('stuck'));
    const buttons = blocks.at(-1)?.['elements'] as { style?: string }[];
    expect(buttons.map(({ style }) => style)).toEqual([undefined, undefined, undefined]);
  });

  test('mentions in its text whom it mentions in its blocks, since a phone reads the text', () => {
    const { text, blocks } = noticeMessage(
      [noticeWith({ text: line`${{ group: 'S0LEADS' }}: approve <!channel>` })],
      null,
    );
    const told = mentionsOf({ text, blocks: blocks as JsonObject[] });
    expect(text).toBe('<!subteam^S0LEADS>: approve &lt;!channel&gt;');
    expect(new Set(told.map((each) => each.id))).toEqual(new Set(['S0LEADS']));
  });

  test('that needs a person at once shows it at a glance; an answer begins with its code', () => {
    const words = (buttons: NonNullable<Notice['buttons']>): string =>
      noticeMessage([noticeWith({ buttons, text: line`unhealthy: x` })], recordIn('stuck')).text;
    expect(words('stuck')).toBe('🚨 unhealthy: x');
    expect(words('lock')).toBe('🔒 unhealthy: x');
    expect(words('force')).toBe('unhealthy: x');
  });

  test('of the adoptions of a start is one message that names each', () => {
    const all = Array.from({ length: 200 }, (_, i) =>
      noticeWith({ kind: 'adopted', release: null, text: line`service-${i}: blue v1.${i}.0` }),
    );
    expect(noticeMessage(all.slice(0, 1), null).text).toBe(
      '👋 Watching 1 service as it runs now; no traffic was moved.\n• service-0: blue v1.0.0',
    );
    const message = noticeMessage(all, null);
    expect(message.text).toMatch(
      /^👋 Watching 200 services as they run now; no traffic was moved\.\n• service-0: /,
    );
    for (let i = 0; i < all.length; i += 1)
      expect(JSON.stringify(message.blocks)).toContain(`• service-${i}: `);
    expect(messageProblems(message.blocks)).toEqual([]);
  });

  test('of more adoptions than one message takes counts those it does not name', () => {
    const all = Array.from({ length: 500 }, (_, i) =>
      noticeWith({ kind: 'adopted', release: null, text: line`service-${i}: blue ${'v'.repeat(128)}` }),
    );
    const message = noticeMessage(all, null);
    const shown = JSON.stringify(message.blocks).match(/• service-/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(60);
    expect(JSON.stringify(message.blocks)).toContain(`… and ${500 - shown} more lines.`);
    expect(message.text.length).toBeLessThanOrEqual(3_000);
    expect(messageProblems(message.blocks)).toEqual([]);
  });

  test('of merged progress shows each line whole', () => {
    const all = Array.from({ length: 20 }, (_, i) =>
      noticeWith({
        kind: 'progress',
        text: line`<@U0EVE> ${i} reverts: ${'&'.repeat(60)}${'r'.repeat(150)}`,
      }),
    );
    const words = JSON.stringify(noticeMessage(all, null).blocks);
    expect(words.match(/r{150}/g)).toHaveLength(20);
    expect(words).not.toContain('…');
  });
});
