/** Whatever stands in labels and annotations: messages of alerts mention nobody, link nowhere and stay within the limits. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { controlsOf } from '../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../packages/slack-double/src/index.ts';
import { groupSchema } from '../../src/release/alerts/alert.ts';
import type { AlertGroup, Delivery } from '../../src/release/alerts/alert.ts';
import { emptyGroup, mergeAlerts } from '../../src/release/alerts/merge.ts';
import { alertCard } from '../../src/slack/cards/alert-card.ts';
import { digestCard } from '../../src/slack/cards/digest-card.ts';
import {
  bakingRecord,
  ann,
  bodies,
  deliveryOf,
  expectQuiet,
  now,
  settings,
} from '../support/hostile-alerts.ts';
import { hostile } from '../support/hostile.ts';

const alone = { now, record: null, settings: undefined };

function groupOf({ alerts, group }: Delivery): AlertGroup | undefined {
  const empty = emptyGroup({
    id: 'a'.repeat(24),
    source: 'prom',
    group: group.slice(0, 500),
    service: null,
    channel: 'C1',
  });
  const merged = mergeAlerts(empty, alerts, alone);
  return merged?.shown === true
    ? { ...merged.group, links: alerts.flatMap(({ links }) => [...links]).slice(0, 3) }
    : undefined;
}

const plainAlert = {
  labels: {},
  named: { alertname: 'Slow', severity: 'warning', service: 'checkout' },
  annotations: { summary: '', runbook_url: '' },
  link: false,
};

const control = (card: { blocks: unknown[] }, id: string) =>
  controlsOf(card.blocks as JsonObject[]).find(({ actionId }) => actionId === id);

describe('hostile labels', () => {
  test('leave the parent harmless, with its buttons', () => {
    fc.assert(
      fc.property(bodies, hostile, (given, name) => {
        const group = groupOf(deliveryOf(given));
        if (group === undefined) return;
        const taken: AlertGroup = {
          ...group,
          acknowledged: { actor: { kind: 'cli', name }, at: 1 },
          silenced: { actor: ann, at: 1, until: now + 1, release: null },
          compared: name.slice(0, 300),
          service: 'checkout',
        };
        const ended: AlertGroup = { ...taken, status: 'resolved', resolvedAt: now };
        const named: AlertGroup = { ...group, named: name.slice(0, 200) };
        for (const one of [group, named, taken, ended]) {
          const card = alertCard(one, alone);
          expectQuiet(card);
          expect(card.text.length).toBeLessThanOrEqual(150);
          expect(card.text).not.toContain('\n');
          expect(control(card, 'alert.silence') !== undefined).toBe(one !== ended);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('leave the parent of a service that bakes harmless, with its Revert and the dialog that confirms it', () => {
    const versions = fc.tuple(...[hostile, hostile].map((each) => each.map((text) => text.slice(0, 128))));
    fc.assert(
      fc.property(bodies, versions, (given, [live = '', before = '']) => {
        const group = groupOf(deliveryOf(given));
        if (group === undefined) return;
        const context = { now, record: bakingRecord([live, before]), settings };
        const card = alertCard({ ...group, service: 'checkout' }, context);
        expectQuiet(card);
        const { confirm } = control(card, 'release.revert') ?? {};
        expect(confirm?.title).toBe('Revert checkout?');
        expect(confirm?.text).toMatch(/^100 % of traffic moves green → blue, back to /);
        expect(confirm?.text.length).toBeLessThanOrEqual(300);
        expect(confirm?.confirm).toBe('Revert to blue');
      }),
      { numRuns: 200 },
    );
  });

  test('leave the digest of a storm harmless', () => {
    fc.assert(
      fc.property(fc.array(bodies, { minLength: 1, maxLength: 40 }), (all) => {
        const groups = all.flatMap((given) => groupOf(deliveryOf(given)) ?? []);
        const firing = groups.filter(({ status }) => status === 'firing');
        const critical = firing.filter(({ severity }) => severity === 'critical').length;
        const digest = digestCard({ groups, count: groups.length + 7, firing: firing.length, critical }, '1');
        expectQuiet(digest);
        expect(digest.text).toContain(`${groups.length + 7} more groups`);
        expect(digest.text.length).toBeLessThanOrEqual(150);
      }),
      { numRuns: 60 },
    );
  });

  test.each(['__proto__', 'constructor', 'toString', '0'])(
    'an alert whose fingerprint is %s fires and ends as any other',
    (fingerprint) => {
      const body = (status: 'firing' | 'resolved') =>
        deliveryOf({ group: 'g', alerts: [{ ...plainAlert, status, fingerprint }] });
      const group = groupOf(body('firing'));
      if (group === undefined) throw new Error('nothing fires');
      expect(group).toMatchObject({ status: 'firing', titles: ['Slow'] });
      expect(groupSchema.parse(JSON.parse(JSON.stringify(group))).members).toEqual(group.members);
      expect(mergeAlerts(group, body('resolved').alerts, alone)?.group.status).toBe('resolved');
    },
  );

  test.each([
    ['<!channel>', '&lt;!channel&gt;'],
    ['<@U0EVE>', '&lt;@U0EVE&gt;'],
    ['<https://evil.example|Approve here>', '&lt;https://evil.example|Approve here&gt;'],
    ['&lt;!here&gt;', '&amp;lt;!here&amp;gt;'],
    [':rotating_light:', '\ua789rotating_light:'],
    ['`code` ```', 'ˋcodeˋ ˋˋˋ'],
    ['*bold* _it_ ~no~', '∗bold∗ ˍitˍ ∼no∼'],
    ['one\n> two\u2028three', 'one &gt; two three'],
    ['abc\u202edef\u2066\u200b\u0000', 'abcdef'],
  ])('%j as title and summary is shown as %j, on a lock screen too', (given, shown) => {
    const one = {
      fingerprint: 'f',
      status: 'firing',
      severity: 'critical',
      since: now,
      labels: {},
      links: [],
    } as const;
    const alerts = [{ ...one, title: given, summary: given }];
    const group = groupOf({ source: 'prom', group: 'g', alerts, truncated: 0 });
    if (group === undefined) throw new Error('nothing fires');
    const card = alertCard(group, alone);
    expectQuiet(card);
    expect(card.text).toBe(`🚨 no known service: ${shown}`);
    const texts = JSON.stringify(card.blocks);
    expect(texts.split(JSON.stringify(shown).slice(1, -1)).length - 1).toBe(2);
  });
});
