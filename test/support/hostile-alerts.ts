import fc from 'fast-check';
import { expect } from 'vitest';
import { alertmanager } from '../../src/alerts/sources/alertmanager.ts';
import { controlsOf } from '../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../packages/slack-double/src/index.ts';
import type { Delivery } from '../../src/release/alerts/alert.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import type { SlackMessage } from '../../src/slack/reply.ts';
import { record } from '../store/record.ts';
import { expectHarmless, hostile } from './hostile.ts';
import { atOnce } from './at-once.ts';

/** A source that links to one host. */
export const source = {
  kind: 'alertmanager' as const,
  token: 'token',
  serviceLabel: 'service',
  services: {},
  linkHosts: ['runbooks.example.com'],
};

/** When all of this happens. */
export const now = Date.UTC(2026, 10, 20, 23);
/** The only one who may be mentioned. */
export const ann = { kind: 'slack', user: 'U0ANN', team: 'T0' } as const;

export const settings = settingsSchema.parse({
  colors: { blue: { url: 'http://10.0.0.11' }, green: { url: 'http://10.0.0.12' } },
  router: { kind: 'http' },
  health: [{ kind: 'http' }],
});

const alert = fc.record({
  status: fc.constantFrom('firing', 'resolved'),
  labels: fc.dictionary(
    hostile.map((text) => text.slice(0, 1_000)),
    hostile,
    { maxKeys: 5 },
  ),
  named: fc.record({
    alertname: hostile,
    severity: fc.oneof(hostile, fc.constantFrom('critical', 'warning')),
    service: hostile,
  }),
  annotations: fc.record({ summary: hostile, runbook_url: hostile }),
  link: fc.boolean(),
  fingerprint: fc.string({ minLength: 1, maxLength: 20 }),
});

/** What a body is made of. */
export const bodies = fc.record({
  group: hostile.map((text) => text || 'g'),
  alerts: fc.array(alert, { minLength: 1, maxLength: 8 }),
});
type Body = typeof bodies extends fc.Arbitrary<infer T> ? T : never;

/** A body of Alertmanager, read. `more`: for every alert. */
export function deliveryOf(
  { group, alerts }: Body,
  more: { status?: 'firing' | 'resolved'; service?: string } = {},
): Delivery {
  const body = {
    version: '4',
    groupKey: group,
    alerts: alerts.map(({ status, labels, named, annotations, link, fingerprint }) => ({
      status: more.status ?? status,
      labels: { ...labels, ...named, ...(more.service !== undefined && { service: more.service }) },
      annotations: {
        ...annotations,
        ...(link && {
          runbook_url: `https://runbooks.example.com/${encodeURIComponent(annotations.summary.slice(0, 100).toWellFormed())}`,
        }),
      },
      startsAt: '2026-11-20T22:46:31Z',
      endsAt: '2026-11-20T22:56:31Z',
      fingerprint,
    })),
  };
  const read = atOnce(alertmanager(source).read(body));
  if (!read.ok) throw new Error(read.mistake);
  return { ...read.delivery, source: 'prom' };
}

/** The record of a service that bakes and can go back, whose versions are these. */
export function bakingRecord([live = '', before = '']: readonly string[]): ServiceRecord {
  const at = Date.UTC(2026, 10, 20, 22, 40);
  return record('checkout', {
    state: 'baking',
    live: 'green',
    epoch: 2,
    colors: {
      blue: { role: 'previous', version: before, since: 1 },
      green: { role: 'live', version: live, since: 1 },
    },
    releases: [
      {
        id: 'r1',
        number: 1,
        version: live,
        color: 'green',
        from: before,
        status: 'baking',
        stagedBy: ann,
        stagedAt: at,
        promotedAt: at,
        steps: [],
      },
    ],
  });
}

/** Harmless, as all messages; its buttons lead nowhere but to the host that is listed, and no code in it is an emoji. */
export function expectQuiet(message: SlackMessage): void {
  const hosts = new Set(['runbooks.example.com']);
  expectHarmless(message, { mentioned: (id) => id === ann.user, hosts });
  for (const { url } of controlsOf(message.blocks as JsonObject[]))
    if (url !== undefined) expect([...hosts]).toContain(new URL(url).host);
  for (const text of [message.text, ...mrkdwnIn(message.blocks)]) {
    const words = text.replaceAll(/<[^<>\n]+>/g, '');
    expect(words).not.toMatch(/:(?!\d+:)[\p{L}\p{N}_+'-]+:/u);
    expect(words.replaceAll(/&(?:amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
    expect((words.match(/`/g) ?? []).length % 2).toBe(0);
  }
}

function mrkdwnIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnIn);
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Record<string, unknown>;
  const own = object['type'] === 'mrkdwn' ? [object['text'] as string] : [];
  return [...own, ...Object.values(object).flatMap(mrkdwnIn)];
}
