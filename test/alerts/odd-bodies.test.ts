/** Alerts as sloppy senders write them: nothing that can be read is lost, and what cannot be is told. */
import { expect, test } from 'vitest';
import { serviceOf } from '../../src/alerts/naming.ts';
import { alertmanager } from '../../src/alerts/sources/alertmanager.ts';
import { generic } from '../../src/alerts/sources/generic.ts';
import { grafana } from '../../src/alerts/sources/grafana.ts';
import { alertWorld, minute } from '../support/alert-world.ts';
import { oddBodies } from '../support/odd-alerts.ts';
import { atOnce } from '../support/at-once.ts';

type Change = Record<string, unknown>;

const common = { token: 't', serviceLabel: 'service', services: {}, linkHosts: [] };
const sources = {
  alertmanager: alertmanager({ kind: 'alertmanager', ...common }),
  grafana: grafana({ kind: 'grafana', ...common }),
  generic: generic({ kind: 'generic', ...common }),
};

function read(body: object, kind: keyof typeof sources = 'alertmanager') {
  const said = atOnce(sources[kind].read(body));
  if (!said.ok) throw new Error(said.mistake);
  return said.delivery;
}

const begun = '2026-11-20T22:46:31Z';
const beganAt = Date.parse(begun);
const plain = {
  status: 'firing',
  labels: { alertname: 'Slow' },
  annotations: {},
  startsAt: begun,
  fingerprint: 'f',
};

function bodyOf(alerts: Change[], change: Change = {}): object {
  return { version: '4', groupKey: 'g', status: 'firing', alerts, ...change };
}

/** The one alert of a body, with this change. */
function only(change: Change, ofBody: Change = {}) {
  const [alert] = read(bodyOf([{ ...plain, ...change }], ofBody)).alerts;
  if (alert === undefined) throw new Error('it was left out');
  return alert;
}

test('numbers and booleans in labels and annotations are texts, and null is absent', () => {
  const [body] = oddBodies('number-and-missing-fingerprint');
  const { alerts, unreadable } = read(body ?? {});
  expect(alerts.map(({ fingerprint }) => fingerprint)).toEqual([
    'c0300000000000a1',
    'c0300000000000b2',
    'c0300000000000c3',
  ]);
  expect(unreadable).toBeUndefined();
  expect(only({ labels: { alertname: 'Slow', shard: 7, canary: true, zone: null } }).labels).toEqual({
    alertname: 'Slow',
    shard: '7',
    canary: 'true',
  });
  expect(only({ annotations: { summary: 97.31 } }).summary).toBe('97.31');
});

test('a fingerprint that is missing is made of the labels, the same for the end as for the beginning', () => {
  const [, body] = oddBodies('number-and-missing-fingerprint');
  const names = read(body ?? {}).alerts.map(({ fingerprint }) => fingerprint);
  expect(new Set(names).size).toBe(3);
  const named = (change: Change): string => only({ fingerprint: undefined, ...change }).fingerprint;
  const one = named({ labels: { alertname: 'Slow', shard: 'a' } });
  expect(one).toMatch(/^[0-9a-f]{32}$/);
  expect(named({ labels: { shard: 'a', alertname: 'Slow' }, status: 'resolved', fingerprint: null })).toBe(
    one,
  );
  expect(named({ labels: { alertname: 'Slow', shard: 'b' } })).not.toBe(one);
  expect(named({ fingerprint: 12 })).toBe('12');
  expect(named({ fingerprint: 'x'.repeat(5_000) })).toMatch(/^[0-9a-f]{32}$/);
});

test('an alert without a status has that of its group', () => {
  const [relayed] = oddBodies('without-status');
  expect(read(relayed ?? {}).alerts.map(({ status, title }) => [status, title])).toEqual([
    ['firing', 'high_load'],
  ]);
  expect(only({ status: undefined }, { status: 'resolved' }).status).toBe('resolved');
  expect(only({ status: null }, { status: 'FIRING' }).status).toBe('firing');
  expect(only({ status: ' Resolved' }).status).toBe('resolved');
  const neither = atOnce(
    sources.alertmanager.read(bodyOf([{ ...plain, status: undefined }], { status: undefined })),
  );
  expect(neither).toEqual({ ok: false, mistake: expect.stringMatching(/^alerts\.0\.status: /) });
});

test.each([
  ['seconds', beganAt / 1_000],
  ['seconds as a text', String(beganAt / 1_000)],
  ['seconds with a fraction', beganAt / 1_000 + 0.25],
  ['milliseconds', beganAt],
  ['milliseconds as a text', String(beganAt)],
  ['nanoseconds', `${beganAt}000000`],
  ['an offset', '2026-11-20T23:46:31+01:00'],
  ['nanosecond digits', '2026-11-20T22:46:31.123456789Z'],
  ['no zone, which is UTC', '2026-11-20T22:46:31'],
  ['no zone and nanosecond digits', '2026-11-20T22:46:31.123456789'],
  ['the form of databases', '2026-11-20 22:46:31'],
  ['that form with an offset of hours', '2026-11-20 23:46:31.5+01'],
  ['an offset without its colon', '2026-11-20T23:46:31+0100'],
  ['small letters', '2026-11-20t22:46:31z'],
  ['a comma before its fraction', '2026-11-20T22:46:31,5Z'],
])('a beginning in %s is read', (_what, startsAt) => {
  expect(Math.floor(only({ startsAt }).since / 1_000)).toBe(beganAt / 1_000);
});

test.each([
  ['of year 1', '0001-01-01T00:00:00Z'],
  ['that is null', null],
  ['that is missing', undefined],
  ['that is empty', ''],
  ['that is no instant', 'soon'],
  ['of a day only', '2026-11-20'],
  ['of a day that is none', '2026-02-30T00:00:00'],
  ['of another age', '+275760-09-13T00:00:00Z'],
  ['that is too small a number', 1],
  ['that is a list', [begun]],
])('a beginning %s is not known', (_what, startsAt) => {
  expect(only({ startsAt }).since).toBe(0);
});

test.each([
  ['no labels', { labels: null }, { title: 'alert' }],
  ['no annotations', { annotations: undefined }, { summary: '' }],
  ['an end that is null', { status: 'resolved', endsAt: null }, { status: 'resolved' }],
  ['an end that is none', { status: 'resolved', endsAt: 'soon' }, { status: 'resolved' }],
  ['a link that is a number', { dashboardURL: 7 }, { links: [] }],
  ['fields that nobody knows', { more: { a: [1] } }, { title: 'Slow' }],
])('an alert with %s is read', (_what, change, expected) => {
  const alert = only(change);
  expect(alert).toMatchObject(expected);
  expect(alert).not.toHaveProperty('endedAt');
});

test.each([
  ['3', 3],
  ['many', 0],
  [null, 0],
  [-1, 0],
  [undefined, 0],
])('%j alerts left out are %i', (truncatedAlerts, expected) => {
  expect(read(bodyOf([plain], { truncatedAlerts })).truncated).toBe(expected);
});

test('a version that is a number, and a key that stands twice, are read', () => {
  expect(read(bodyOf([plain], { version: 4 })).alerts).toHaveLength(1);
  const twice = JSON.parse(`{"status":"firing","status":"resolved","startsAt":"${begun}"}`) as Change;
  expect(read(bodyOf([twice])).alerts[0]?.status).toBe('resolved');
});

test('alerts of one fingerprint with other labels are different ones, and each ends alone or together', async () => {
  const three = ['a', 'b', 'c'].map((shard) => ({ ...plain, labels: { alertname: 'Slow', shard } }));
  const ended = three.map((alert) => ({ ...alert, status: 'resolved' }));
  const world = alertWorld();
  const firing = async (alerts: Change[]): Promise<number> => {
    await world.deliver([...read(bodyOf(alerts)).alerts]);
    return Object.values((await world.group()).members).filter(({ status }) => status === 'firing').length;
  };
  expect(await firing(three)).toBe(3);
  expect(await firing(three)).toBe(3);
  expect(await firing([three[0] ?? {}, ended[1] ?? {}, three[2] ?? {}])).toBe(2);
  expect(await firing([ended[0] ?? {}])).toBe(1);
  expect(await firing([ended[2] ?? {}])).toBe(0);
});

test('an alert that began alone by its fingerprint ends next to another of that fingerprint', async () => {
  const [one, two] = ['a', 'b'].map((shard) => ({ ...plain, labels: { alertname: 'Slow', shard } }));
  const world = alertWorld();
  await world.deliver([...read(bodyOf([one ?? {}])).alerts]);
  const ends = [one, two].map((alert) => ({ ...alert, status: 'resolved' }));
  await world.deliver([...read(bodyOf(ends)).alerts]);
  expect((await world.group()).status).toBe('resolved');
});

test('a generic id that stands twice with other labels or another title names different alerts', () => {
  const alert = { id: 'x', status: 'firing', title: 'Slow', since: begun };
  const given = [alert, { ...alert, title: 'Down' }, { ...alert, labels: { a: 'b' } }, alert];
  const { alerts } = read({ schema: 'switchback-1', group: 'g', alerts: given }, 'generic');
  expect(new Set(alerts.map(({ fingerprint }) => fingerprint)).size).toBe(3);
  expect(alerts[3]?.fingerprint).toBe(alerts[0]?.fingerprint);
});

test.each([
  ['a nested value', { x: { a: 1 }, y: [1] }],
  ['a list', ['slow']],
  ['a text', 'slow'],
  ['a very long name', { ['x'.repeat(2_000)]: 'a' }],
  ['very many', Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, 'x']))],
])('annotations with %s lose no alert, and none of the others', (_what, annotations) => {
  const given = Array.isArray(annotations) || typeof annotations === 'string' ? annotations : undefined;
  const { alerts, unreadable } = read(
    bodyOf([{ ...plain, annotations: given ?? { summary: 'is slow', ...(annotations as Change) } }]),
  );
  expect(unreadable).toBeUndefined();
  expect(alerts[0]?.summary).toBe(given === undefined ? 'is slow' : '');
});

test('a summary in which nothing stands hides no description', () => {
  for (const summary of ['', ' '])
    expect(only({ annotations: { summary, description: 'is slow' } }).summary).toBe('is slow');
});

test('the bot reads only the first of very many labels or annotations', () => {
  const many: Change = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, 'x']));
  let looks = 0;
  Object.defineProperty(many, 'last', { enumerable: true, get: () => (looks += 1) });
  expect(only({ annotations: many }).title).toBe('Slow');
  expect(() => read(bodyOf([{ ...plain, labels: many }]))).toThrow(
    'alerts.0.labels: has more than 200 entries',
  );
  expect(looks).toBe(0);
});

test('an alert that still cannot be read is left out, and the first error is named', () => {
  const delivery = read(bodyOf([plain, { ...plain, fingerprint: {} }, { ...plain, labels: { a: {} } }]));
  expect(delivery.alerts).toHaveLength(1);
  expect(delivery.unreadable).toEqual({
    count: 2,
    mistake: { path: 'alerts.1.fingerprint', message: expect.anything() },
  });
});

test('a delivery with instants that cannot be read loses nothing, and the bot says how many there are', async () => {
  const odd = [
    plain,
    { ...plain, fingerprint: 'g', startsAt: 'soon' },
    { ...plain, fingerprint: 'h', startsAt: {} },
    { ...plain, fingerprint: 'i', endsAt: 'later' },
  ];
  const { alerts, unreadable } = read(bodyOf(odd));
  expect(alerts.map(({ since }) => since)).toEqual([beganAt, 0, 0, beganAt]);
  expect(unreadable).toMatchObject({ count: 2, undated: 2, mistake: { path: 'alerts.1.startsAt' } });
  const ended = odd.map((alert) => ({ ...alert, status: 'resolved' }));
  const all = read(bodyOf(ended, { status: 'resolved' }));
  expect(all.unreadable).toMatchObject({ count: 3, undated: 3 });
  expect(read(bodyOf([...odd, { ...plain, labels: 7 }])).unreadable).toMatchObject({ count: 3, undated: 2 });

  const world = alertWorld();
  await world.deliver([...alerts], undefined, { ...(unreadable && { unreadable }) });
  const told = (await world.said()).filter((text) => text.includes('could not be read'));
  expect(told).toEqual(['event 2 alerts have a time that could not be read: alerts.1.startsAt.']);
  expect((await world.card()).text).toContain('2 alerts have a time that could not be read');
  const { members } = await world.group();
  expect(members['g']).toMatchObject({ status: 'firing', since: world.clock.now() });
  await world.deliver([...all.alerts]);
  expect((await world.group()).status).toBe('resolved');
});

test('a beginning that is unknown or lies far ahead is the time of arrival, and stays that', async () => {
  const world = alertWorld();
  await world.deliver([world.alert({ since: 0 })]);
  const heard = world.clock.now();
  expect((await world.group()).since).toBe(heard);
  await world.clock.advance(5 * minute);
  await world.deliver([world.alert({ since: 0 })]);
  await world.deliver([world.alert({ since: heard + 400 * 86_400_000 })]);
  expect((await world.group()).since).toBe(heard);
  expect(await world.said()).toEqual(['progress Firing: Slow (warning).']);
  await world.deliver([world.alert({ status: 'resolved', since: 0, endedAt: heard + 9e12 })]);
  expect(await world.group()).toMatchObject({ status: 'resolved', resolvedAt: world.clock.now() });
});

test.each([2_000, 3 * 60 * minute])(
  'a time that is %i ms ahead of the clock counts as the time of arrival',
  async (ahead) => {
    const world = alertWorld();
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.clock.advance(4_000);
    const alert = world.alert({ since: world.clock.now() + ahead });
    await world.deliver([alert]);
    const heard = world.clock.now();
    expect((await world.card()).text).toContain('Fired 4 s after release #7 went live.');
    for (let i = 0; i < 2; i += 1) {
      await world.clock.advance(9 * 60 * minute);
      await world.deliver([alert]);
      expect(await world.group()).toMatchObject({ since: heard, times: 1 });
    }
    await world.clock.advance(minute);
    const endedAt = world.clock.now() + ahead;
    await world.deliver([{ ...alert, status: 'resolved', endedAt }]);
    expect(await world.group()).toMatchObject({ status: 'resolved', resolvedAt: world.clock.now() });
    await world.deliver([alert]);
    expect((await world.group()).status).toBe('resolved');
    await world.deliver([{ ...alert, since: endedAt }]);
    expect(await world.group()).toMatchObject({ times: 2, since: world.clock.now() });
    await world.clock.advance(minute);
    await world.deliver([{ ...alert, status: 'resolved', since: 0 }]);
    expect(await world.group()).toMatchObject({ status: 'resolved', resolvedAt: world.clock.now() });
  },
);

test('the thread names alerts that could not be read once, and the card shows them while they are unreadable', async () => {
  const world = alertWorld();
  const unreadable = { count: 1, mistake: { path: 'alerts.1.startsAt', message: 'is no instant' } };
  for (let i = 0; i < 2; i += 1) await world.deliver([world.alert()], undefined, { unreadable });
  const told = (await world.said()).filter((text) => text.includes('could not be read'));
  expect(told).toEqual(['event 1 alert could not be read: alerts.1.startsAt.']);
  expect((await world.card()).text).toContain('1 alert could not be read: alerts.1.startsAt');
  await world.deliver([world.alert()]);
  expect((await world.card()).text).not.toContain('could not be read');
});

test('a word for severity that nobody knows stands on the card', async () => {
  const alert = only({ labels: { alertname: 'Slow', severity: 'pageteam' } });
  expect(alert).toMatchObject({ severity: 'unknown', word: 'pageteam' });
  const world = alertWorld();
  await world.deliver([world.alert({ severity: 'unknown', word: 'pageteam' })]);
  expect((await world.card()).text).toContain('severity pageteam is not known here');
  await world.deliver([world.alert({ severity: 'critical' })]);
  expect((await world.card()).text).not.toContain('is not known here');
});

test.each(['pay\u200b', '\u0000pay', ' PAY\n', 'ｐａｙ', 'p\u00aday', '\ufeffpay'])(
  '%j names the service pay',
  (service) => {
    const listed = serviceOf({ ...common, services: { Pay: 'payments' } });
    expect(serviceOf(common)({ service })).toBe('pay');
    expect(listed({ service })).toBe('payments');
  },
);

test('the label that names the service is found in another letter case, unless it is there as written', () => {
  expect(serviceOf(common)({ Service: 'pay' })).toBe('pay');
  expect(serviceOf(common)({ SERVICE: 'other', service: 'pay' })).toBe('pay');
  expect(serviceOf(common)({ constructor: 'pay' })).toBe(null);
});

test('a severity in which nothing stands leaves it to the priority', () => {
  for (const severity of ['', ' ', '\u200b'])
    expect(only({ labels: { severity, priority: 'P1' } }).severity).toBe('critical');
  expect(only({ labels: { severity: 'info', priority: 'P1' } }).severity).toBe('info');
});

test('a source says what its own words for severity mean', () => {
  const own = alertmanager({
    kind: 'alertmanager',
    ...common,
    severities: { PageTeam: 'critical', high: 'warning' },
  });
  const severities = ['pageteam', 'page_team', 'HIGH', 'warning'];
  const alerts = severities.map((severity) => ({ ...plain, labels: { severity } }));
  const said = atOnce(own.read(bodyOf(alerts)));
  expect(said.ok && said.delivery.alerts.map(({ severity }) => severity)).toEqual([
    'critical',
    'critical',
    'warning',
    'warning',
  ]);
});

test('a generic alert may have null where a field may be missing, and a number where a text is wanted', () => {
  const alert = {
    id: 7,
    status: 'firing',
    title: 500,
    severity: 1,
    since: begun,
    summary: null,
    endedAt: null,
    links: null,
  };
  const delivery = read(
    { schema: 'switchback-1', group: 'g', alerts: [alert, { ...alert, id: null }] },
    'generic',
  );
  expect(delivery.alerts).toMatchObject([
    { fingerprint: '7', title: '500', severity: 'critical', summary: '' },
  ]);
  expect(delivery.unreadable).toMatchObject({ count: 1, mistake: { path: 'alerts.1.id' } });
});
