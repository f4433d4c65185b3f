/** Which message rings for a bake that is unhealthy when an alert rang before. */
import { expect, it } from 'vitest';
import type { AlertGroup } from '../../src/release/alerts/alert.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import type { Notice, ShownMessage } from '../../src/release/store.ts';
import { incidentOf } from '../../src/slack/incident.ts';

const minute = 60_000;
const place = { channel: 'C1', ts: '1.1' };

/** The alert rang at 0, and the bake is found unhealthy at `at`, ms. */
async function incident(at: number, group: Partial<AlertGroup> = {}, pressedAt?: number) {
  const earlier = { ...place, release: 'g1', notice: { asks: 'alert', at: 0 } } as ShownMessage;
  const firing = { status: 'firing', acknowledged: null, silenced: null, ...group } as AlertGroup;
  const record = {
    service: 'checkout',
    epoch: 2,
    bake: { verdict: 'unhealthy' },
    pressedAt,
  } as ServiceRecord;
  return incidentOf(
    {
      outbox: { ringOf: async () => earlier },
      alerts: { load: async () => ({ group: firing }) as never },
    },
    { asks: 'unhealthy', at } as Notice,
    record,
  );
}

const actor = { kind: 'system', rule: 'test' } as const;

it('a notice joins the alert that rang a short while ago and still fires', async () => {
  expect(await incident(2 * minute)).toEqual({ joins: place });
});

it.each([
  ['five minutes have passed', () => incident(5 * minute)],
  ['somebody acknowledged the alert', () => incident(2 * minute, { acknowledged: { actor, at: minute } })],
  [
    'somebody silenced the alert',
    () => incident(2 * minute, { silenced: { actor, at: minute, until: null, release: null } }),
  ],
  ['the alert has ended', () => incident(2 * minute, { status: 'resolved' })],
  ['somebody gave the service a command since', () => incident(2 * minute, {}, minute)],
])('a notice rings by itself when %s', async (_, of) => {
  expect(await of()).toEqual({ rings: 'checkout:2' });
});
