/** Whatever stands in labels and annotations: messages of alerts mention nobody, link nowhere and stay within the limits. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlertSource } from '../../src/alerts/options.ts';
import { sources } from '../../src/alerts/sources/index.ts';
import { controlsOf } from '../../src/playground/workspace/index.ts';
import type { JsonObject } from '../../src/playground/workspace/index.ts';
import type { AlertGroup } from '../../src/release/alerts/alert.ts';
import { emptyGroup, merge } from '../../src/release/alerts/triage.ts';
import type { Beside } from '../../src/release/alerts/triage.ts';
import { takeDelivery } from '../../src/release/alerts/take.ts';
import type { AlertParts } from '../../src/release/alerts/take.ts';
import type { Notice } from '../../src/release/store.ts';
import { alertCard } from '../../src/slack/cards/alert-card.ts';
import { digestCard } from '../../src/slack/cards/digest-card.ts';
import { noticeMessage } from '../../src/slack/cards/notice.ts';
import { expectHarmless, hostile } from '../support/hostile.ts';

const options: AlertSource = {
  kind: 'alertmanager',
  token: 'token',
  serviceLabel: 'service',
  services: {},
  linkHosts: ['runbooks.example.com'],
};
const only = {
  mentioned: (id: string) => id === 'U0ANN',
  hosts: new Set(['runbooks.example.com']),
};
const beside: Beside = { now: Date.UTC(2026, 10, 21), record: null, settings: undefined };

const alert = fc.record({
  status: fc.constantFrom('firing', 'resolved'),
  labels: fc.dictionary(
    hostile.map((text) => text.slice(0, 1_000)),
    hostile,
    { maxKeys: 5 },
  ),
  named: fc.record({ alertname: hostile, severity: hostile, service: hostile }),
  annotations: fc.record({ summary: hostile, runbook_url: hostile }),
  link: fc.boolean(),
  fingerprint: fc.string({ minLength: 1, maxLength: 20 }),
});
const bodies = fc.record({
  group: hostile.map((text) => text || 'g'),
  alerts: fc.array(alert, { minLength: 1, maxLength: 8 }),
});

function bodyOf({ group, alerts }: typeof bodies extends fc.Arbitrary<infer T> ? T : never): object {
  return {
    version: '4',
    groupKey: group,
    alerts: alerts.map(({ status, labels, named, annotations, link, fingerprint }) => ({
      status,
      labels: { ...labels, ...named },
      annotations: {
        ...annotations,
        ...(link && {
          runbook_url: `https://runbooks.example.com/${encodeURIComponent(annotations.summary.toWellFormed().slice(0, 100))}`,
        }),
      },
      startsAt: '2026-11-20T22:46:31Z',
      endsAt: '2026-11-20T22:56:31Z',
      fingerprint,
    })),
  };
}

function groupOf(body: object): AlertGroup | undefined {
  const read = sources.alertmanager.read(body, options);
  if (!read.ok) throw new Error(read.mistake);
  const empty = emptyGroup({
    id: 'a'.repeat(24),
    source: 'prom',
    group: read.delivery.group.slice(0, 500),
    service: null,
    channel: 'C1',
  });
  const merged = merge(empty, read.delivery.alerts, beside);
  return (
    merged && { ...merged.group, links: read.delivery.alerts.flatMap(({ links }) => [...links]).slice(0, 3) }
  );
}

describe('hostile labels', () => {
  test('leave the parent harmless, with its buttons and dialogs', () => {
    fc.assert(
      fc.property(bodies, hostile, (given, name) => {
        const group = groupOf(bodyOf(given));
        if (group === undefined) return;
        const taken: AlertGroup = {
          ...group,
          acknowledged: { actor: { kind: 'cli', name }, at: 1 },
          silenced: {
            actor: { kind: 'slack', user: 'U0ANN', team: 'T' },
            at: 1,
            until: beside.now + 1,
            release: null,
          },
          compared: name.slice(0, 300),
          follows: {
            release: 'r',
            number: 1,
            version: name.slice(0, 128),
            color: 'green',
            switchedAt: 1,
            afterMs: -5,
          },
          service: 'checkout',
        };
        for (const one of [group, taken]) {
          const card = alertCard(one, beside);
          expectHarmless(card, only);
          expect(card.text.length).toBeLessThanOrEqual(150);
          expect(card.text).not.toContain('\n');
          const ids = controlsOf(card.blocks as JsonObject[]).map(({ actionId }) => actionId);
          expect(ids.includes('alert.silence')).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('leave the digest of a storm harmless', () => {
    fc.assert(
      fc.property(fc.array(bodies, { minLength: 1, maxLength: 40 }), (all) => {
        const groups = all.flatMap((given) => groupOf(bodyOf(given)) ?? []);
        const firing = groups.filter(({ status }) => status === 'firing');
        const critical = firing.filter(({ severity }) => severity === 'critical').length;
        const counts = { count: groups.length + 7, firing: firing.length, critical };
        const digest = digestCard({ groups, ...counts }, '1');
        expectHarmless(digest, only);
        expect(digest.text).toContain(`${groups.length + 7} more groups`);
      }),
      { numRuns: 60 },
    );
  });

  test('leave what is told in the thread harmless', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (given) => {
        const notices: Notice[] = [];
        const parts: AlertParts = {
          alerts: {
            load: async () => ({ group: null, revision: 0, placed: null, now: beside.now }),
            async save(change) {
              notices.push(...change.notices.map((notice) => ({ ...notice, at: 1 })));
              return {
                ok: true,
                group: change.group,
                placed: { kind: 'own' },
                now: beside.now,
                replicated: true,
              };
            },
            open: async () => [],
            digest: async () => ({ groups: [], count: 0, firing: 0, critical: 0 }),
          },
          store: { load: () => Promise.reject(new Error('no service')), note: async () => null },
          catalog: {
            names: () => [],
            find: () => undefined,
            stored: () => {
              throw new Error('no record');
            },
            channelOf: () => 'C1',
          },
          people: { may: async () => 'no', mentions: () => [] },
          log: { info: () => {}, warn: () => {}, error: () => {} },
          defaultChannel: 'C1',
          look: () => {},
        };
        const read = sources.alertmanager.read(bodyOf(given), options);
        if (!read.ok) throw new Error(read.mistake);
        await takeDelivery(
          parts,
          { ...read.delivery, source: 'prom' },
          () => 'a'.repeat(24),
          ({ service = null }) => service,
        );
        for (const notice of notices) expectHarmless(noticeMessage([notice], null), only);
        expect(notices.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 200 },
    );
  });
});
