/** Grafana's own troubles are no outages of a release, and some of its ends are no all-clear. */
import { expect, test } from 'vitest';
import { alertmanager } from '../../src/alerts/sources/alertmanager.ts';
import { grafana } from '../../src/alerts/sources/grafana.ts';
import type { IncomingAlert } from '../../src/release/alerts/alert.ts';
import { ringMessage } from '../../src/slack/cards/ring.ts';
import { alertWorld, minute } from '../support/alert-world.ts';
import { oddBodies } from '../support/odd-alerts.ts';
import { atOnce } from '../support/at-once.ts';

const emptyContext = { now: 0, record: null, settings: undefined };
const common = { token: 't', serviceLabel: 'service', services: {}, linkHosts: [] };

/** What the bodies of real no-data and error alerts are read as. */
function readAll(noData?: 'critical' | 'warning' | 'info', now = Date.now()): IncomingAlert[] {
  const source = grafana({ kind: 'grafana', ...common, ...(noData && { noData }) });
  return oddBodies('grafana-without-verdict', now).flatMap((body) => {
    const said = atOnce(source.read(body));
    if (!said.ok) throw new Error(said.mistake);
    return [...said.delivery.alerts];
  });
}

test('alerts without a verdict are called by their rule, say why, and are warnings', () => {
  expect(
    readAll().map(({ title, summary, severity, trouble }) => ({ title, summary, severity, trouble })),
  ).toEqual([
    {
      title: 'Checkout error rate (no data)',
      summary: 'Grafana found no data for it.',
      severity: 'warning',
      trouble: 'no-data',
    },
    {
      title: 'Checkout latency (query failed)',
      summary: expect.stringContaining('connection refused'),
      severity: 'warning',
      trouble: 'error',
    },
    {
      title: 'Checkout error rate (no data)',
      summary: 'Grafana found no data for it.',
      severity: 'warning',
      trouble: 'no-data',
    },
  ]);
  expect(readAll('critical').map(({ severity }) => severity)).toEqual(['critical', 'critical', 'critical']);
  expect(readAll('info').map(({ severity }) => severity)).toEqual(['info', 'info', 'info']);
});

const alertOf = (labels: object, annotations: object, status = 'firing') => {
  const startsAt = '2026-11-20T22:46:31Z';
  const alerts = [{ status, labels, annotations, startsAt, fingerprint: 'f' }];
  const source = alertmanager({ kind: 'alertmanager', ...common });
  const said = atOnce(source.read({ version: '4', groupKey: 'g', status, alerts }));
  if (!said.ok) throw new Error(said.mistake);
  return said.delivery.alerts[0];
};

test('alerts without a verdict are recognized behind an Alertmanager too, and a milder one stays milder', () => {
  const labels = { alertname: 'DatasourceError', rulename: 'Latency', severity: 'info' };
  expect(alertOf(labels, {})).toMatchObject({ title: 'Latency (query failed)', severity: 'info' });
});

test('a rule that keeps its last verdict has one', () => {
  const labels = { alertname: 'Errors', severity: 'critical' };
  const alert = alertOf(labels, { grafana_state_reason: 'NoData, KeepLast' });
  expect(alert).toMatchObject({ title: 'Errors', severity: 'critical' });
  expect(alert).not.toHaveProperty('trouble');
  expect(alertOf(labels, { grafana_state_reason: 'MissingSeries' })).toMatchObject({
    title: 'Errors (series gone)',
    trouble: 'gone',
  });
});

test.each([
  ['MissingSeries', 'series gone'],
  ['NoData', 'no data'],
  ['Paused', 'rule paused'],
])('an end for the reason %s is no all-clear', (reason, endedBy) => {
  const alert = alertOf({ alertname: 'Errors' }, { grafana_state_reason: reason }, 'resolved');
  expect(alert).toMatchObject({ title: 'Errors', endedBy });
  expect(alert).not.toHaveProperty('trouble');
});

test('alerts without a verdict did not begin after a switch, and Revert is not red', async () => {
  const world = alertWorld();
  await world.record({ state: 'baking', releases: [world.release()] });
  await world.clock.advance(minute);
  const trouble = world.alert({ title: 'Errors (no data)', severity: 'critical', trouble: 'no-data' });
  await world.deliver([trouble]);
  const seen = await world.card();
  expect(seen.text).not.toContain('went live');
  expect(seen.buttons).toEqual(['release.revert', 'alert.acknowledge', 'alert.silence']);
  expect((await world.said()).join()).not.toContain('Revert');
  // What really fires next to it did begin then.
  await world.deliver([trouble, world.alert({ fingerprint: 'f2', title: 'Down', severity: 'critical' })]);
  expect((await world.card()).buttons[0]).toBe('release.revert danger');
});

test('an end without an all-clear says so on the card and in the thread', async () => {
  const world = alertWorld();
  await world.deliver([world.alert()]);
  await world.clock.advance(minute);
  await world.deliver([
    world.alert({ status: 'resolved', since: world.clock.now() - minute, endedBy: 'series gone' }),
  ]);
  expect(await world.said()).toContain(
    'event Ended after 1 min: series gone. That does not mean that it is fixed: check it.',
  );
  const { text } = await world.card();
  expect(text).toContain('Slow ended after 1 min: series gone; may not be fixed');
  expect(text).not.toContain('✅');
  const ring = ringMessage({ id: 'n', text: ['🚨 checkout: Slow.'] }, await world.group(), emptyContext);
  expect(ring.text).toBe('checkout: Slow.\n⏹️ Ended after 1 min: series gone; may not be fixed');
});

test('the message that rings for one that may be critical offers Revert plainly', async () => {
  const world = alertWorld();
  await world.record({ state: 'baking', releases: [world.release()] });
  await world.clock.advance(minute);
  await world.deliver([world.alert({ title: 'Errors (no data)', severity: 'critical', trouble: 'no-data' })]);
  const group = await world.group();
  const { record, now } = await world.memory.store.load('checkout');
  const context = { now, record, settings: world.parts.catalog.find('checkout')?.settings };
  const { blocks } = ringMessage({ id: group.rings?.at(-1)?.id ?? '', text: [] }, group, context);
  const actions = (blocks as { elements?: { action_id: string }[] }[]).flatMap(
    ({ elements = [] }) => elements,
  );
  expect(actions.map(({ action_id: name }) => name)).toEqual(['release.revert', 'alert.acknowledge']);
});
