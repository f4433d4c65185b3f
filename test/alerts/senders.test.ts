/** What people are told of a source as a whole: what of it was refused, that it was tried out, that it is silent. */
import { expect, test } from 'vitest';
import { makeSenders } from '../../src/alerts/senders.ts';
import { lookAtSilence } from '../../src/alerts/silence.ts';
import { alertSourceOptions } from '../../src/alerts/sources/index.ts';
import { examineSenders } from '../../src/doctor/senders.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { openMemory } from '../../src/memory/memory.ts';
import { plain } from '../../src/release/line.ts';
import { openRoute, signedBy } from '../support/alert-route.ts';
import { alertmanagerBody } from '../support/alerts.ts';
import { oddBodies } from '../support/odd-alerts.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const minute = 60_000;
const source = (kind: string, more = {}) => alertSourceOptions.parse({ kind, token: 't', ...more });
const sources = {
  prom: source('alertmanager'),
  other: source('alertmanager'),
  graf: source('grafana'),
  own: source('generic'),
};
const wrong = { authorization: 'Bearer no' };

/** The way in, with what is told and remembered, on a clock that is moved. */
async function open(more: Parameters<typeof openRoute>[0] = {}) {
  const clock = virtualClock();
  const memory = openMemory({ clock });
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  /** As a process does that starts. */
  const hears = () =>
    makeSenders({
      sources,
      notes: memory.senders,
      outbox: memory.outbox,
      clock,
      log,
      channel: 'C1',
      look: () => {},
    });
  const route = await openRoute({ hears: hears(), ...more });
  return {
    ...route,
    clock,
    memory,
    hears,
    /** What the default channel was told, oldest first. */
    told: async (): Promise<string[]> => {
      const { notices } = await memory.outbox.pending('C1', 999);
      return notices.map(({ text }) => plain(text));
    },
    doctor: async (): Promise<Finding[]> => {
      const found: Finding[] = [];
      for await (const finding of examineSenders({ alerts: { sources } }, memory.senders))
        found.push(finding);
      return found;
    },
  };
}

test('the bot announces a delivery that is too large once an hour, with what to do, after a restart too', async () => {
  const { send, told, clock, hears, doctor } = await open();
  const huge = ' '.repeat(9_000_000);
  for (let i = 0; i < 3; i += 1) {
    expect((await send(huge))[0]).toBe(413);
    await clock.advance(2 * minute);
  }
  const words = '⚠️ Source prom: a delivery of 9 MB was refused; set max_alerts.';
  expect(await told()).toEqual([words]);
  hears().answered('prom', { kind: 'too-large', facts: { bytes: 9_000_000 } }, '/hooks/alerts/prom');
  expect(await told()).toEqual([words]);
  await clock.advance(61 * minute);
  await send(huge);
  expect(await told()).toEqual([words, words]);
  expect((await doctor()).find(({ found }) => found.includes('9 MB'))).toMatchObject({
    name: 'alerts from prom',
    state: 'warn',
    found: expect.stringContaining('a delivery of 9 MB was refused; set max_alerts'),
  });
});

test('the bot announces each source and cause separately', async () => {
  const { send, told } = await open();
  await send('{');
  await send(' '.repeat(9_000_000));
  await send('{', { path: '/hooks/alerts/other' });
  await send(oddBodies('without-status')[1] ?? {}, { path: '/hooks/alerts/graf' });
  expect(await told()).toEqual([
    '⚠️ Source prom: a delivery was refused: body: is not JSON',
    '⚠️ Source prom: a delivery of 9 MB was refused; set max_alerts.',
    '⚠️ Source other: a delivery was refused: body: is not JSON',
    "⚠️ Source graf: a delivery was refused: Grafana's legacy alerting is not supported; Grafana 11 removed it",
  ]);
});

test('the bot announces, logs and lists an alert that is left out of a delivery, though nobody sees the others', async () => {
  const { send, told, warned, doctor, clock } = await open();
  const given = alertmanagerBody('g', [{ status: 'resolved' }, { labels: { a: 'nested' } }]);
  const body = JSON.stringify(given).replace('"nested"', '{"b":1}');
  for (let i = 0; i < 2; i += 1) {
    expect(await send(body)).toEqual([202, expect.stringMatching(/^stored; 1 alert could not be read: /)]);
    await clock.advance(2 * minute);
  }
  const words =
    '⚠️ Source prom: a delivery was stored without all of its alerts: 1 alert could not be read: alerts.1.labels.a: ';
  expect(await told()).toEqual([expect.stringContaining(words)]);
  expect(warned[0]).toMatchObject({ facts: { source: 'prom', leftOut: 1 } });
  expect((await doctor()).find(({ found }) => found.includes('left out'))).toMatchObject({
    name: 'alerts from prom',
    state: 'warn',
    found: expect.stringContaining('1 alert could not be read: alerts.1.labels.a'),
  });
  await clock.advance(61 * minute);
  await send(body);
  expect(await told()).toHaveLength(2);
});

test('strangers make the bot say one thing an hour for each source, and one for all unknown paths', async () => {
  const { send, told, clock } = await open();
  await send('{}', { path: `/hooks/alerts/<!channel>${'x'.repeat(300)}` });
  for (let i = 0; i < 50; i += 1) {
    await send('{}', { path: `/hooks/alerts/guess-${i}` });
    await send('{}', { headers: wrong });
    await send('{}', { path: '/hooks/alerts/own', headers: signedBy('{}', 'guess') });
    await clock.advance(minute);
  }
  const [one = '', ...others] = await told();
  expect(one).toContain('no source for the path /hooks/alerts/');
  expect(one.length).toBeLessThan(180);
  const refused = (name: string) =>
    expect.stringContaining(
      `Source ${name}: a delivery was refused: its token or signature is wrong or missing (path /hooks/alerts/${name})`,
    );
  expect(others).toEqual([refused('prom'), refused('own')]);
  await clock.advance(11 * minute);
  await send('{}', { headers: wrong });
  expect((await told()).slice(3)).toEqual([refused('prom')]);
});

test('a scanner does not hide a source whose token is wrong', async () => {
  const { send, told, clock } = await open();
  for (let i = 0; i < 3; i += 1) {
    await send('{}', { path: `/hooks/alerts/guess-${i}` });
    await clock.advance(minute);
  }
  await send(alertmanagerBody('g', [{}]), { headers: wrong });
  expect(await told()).toEqual([
    expect.stringContaining('no source for the path /hooks/alerts/guess-0'),
    expect.stringContaining('Source prom: a delivery was refused: its token or signature is wrong'),
  ]);
});

test('the bot does not announce a delivery that its sender tries again', async () => {
  const { send, told } = await open();
  await send('{}', { path: '/hooks/alerts/added' });
  await send('', { method: 'GET' });
  await send(alertmanagerBody('g', [{}]));
  expect(await told()).toEqual([]);
});

test('the Test button of Grafana is answered once, and opens no group', async () => {
  const { send, told, taken, clock } = await open();
  const path = '/hooks/alerts/graf';
  for (const body of oddBodies('grafana-test-button')) {
    expect(await send(body, { path })).toEqual([202, 'nothing to store\n']);
    await clock.advance(2 * minute);
  }
  expect(await told()).toEqual(['✅ Test received from Grafana: this source works (graf).']);
  expect(taken).toEqual([]);
});

test('the usual test of amtool is answered once, and what names a service or a severity is taken', async () => {
  const { send, told, taken } = await open();
  const amtool = (labels: Record<string, string>, status = 'firing') => ({
    ...alertmanagerBody('t', []),
    alerts: [
      {
        status,
        labels: { alertname: 'test', ...labels },
        startsAt: new Date().toISOString(),
        fingerprint: 'f',
      },
    ],
  });
  await send(amtool({}));
  await send(amtool({ foo: 'bar' }, 'resolved'));
  expect(taken).toEqual([]);
  expect(await told()).toEqual(['✅ Test received from Alertmanager: this source works (prom).']);
  await send(amtool({ app: 'checkout' }));
  await send(amtool({ severity: 'critical' }));
  await send(amtool({ App: 'checkout' }));
  expect(taken).toHaveLength(3);
});

test('a watchdog next to an alert that cannot be read does not hide that', async () => {
  const { send, told } = await open({ deadman: 15 * minute });
  const body = alertmanagerBody('w', [{ name: 'Watchdog' }, { name: 'Down' }]) as {
    alerts: { startsAt?: string; labels?: object }[];
  };
  if (body.alerts[1]) body.alerts[1].labels = { a: [] };
  expect((await send(body))[0]).toBe(400);
  expect(await told()).toEqual([
    expect.stringContaining('Source prom: a delivery was refused: alerts.1.labels.a'),
  ]);
  // The time of a watchdog is of no interest.
  const [watchdog] = body.alerts;
  if (watchdog) watchdog.startsAt = 'soon';
  expect(await send({ ...body, alerts: [watchdog] })).toEqual([202, 'nothing to store\n']);
});

test('a watchdog is no alert where the source has deadman, and one elsewhere', async () => {
  const watchdog = alertmanagerBody('w', [{ name: 'Watchdog', severity: 'critical' }]);
  const [with_, without] = [await open({ deadman: 15 * minute }), await open()];
  expect(await with_.send(watchdog)).toEqual([202, 'nothing to store\n']);
  expect(with_.taken).toEqual([]);
  expect((await with_.memory.senders.all()).notes.map(({ kind, source: name }) => [kind, name])).toEqual([
    ['heard', 'prom'],
  ]);
  await with_.send(alertmanagerBody('w', [{ name: 'Watchdog' }, { name: 'Down' }]));
  expect(with_.taken[0]?.delivery.alerts.map(({ title }) => title)).toEqual(['Down']);
  await without.send(watchdog);
  expect(without.taken).toHaveLength(1);
});

test('words and names that are not known are listed by doctor, bounded and cleaned, and counted', async () => {
  const { send, doctor, counts } = await open({ isService: (name) => name === 'checkout' });
  const hostile = `\u001b[31m<!channel>${'y'.repeat(500)}`;
  await send(
    alertmanagerBody('g', [
      { name: 'a', severity: 'pageteam', labels: { app: 'checkout' } },
      { name: 'b', labels: { app: 'payments' } },
      { name: 'c', labels: { app: hostile } },
    ]),
  );
  const many = Array.from({ length: 200 }, (_, i) => ({ name: `n${i}`, labels: { app: `s${i}` } }));
  await send(alertmanagerBody('many', many));
  const found = await doctor();
  const lines = found.filter(({ name }) => name === 'alerts from prom').map((one) => one.found);
  expect(lines).toContain('unknown words for severity: "pageteam"');
  const services = lines.find((each) => each.startsWith('unknown names of services')) ?? '';
  expect(services).toMatch(/and 40 more$/);
  expect(services).not.toMatch(/\p{Cc}/u);
  expect(services.length).toBeLessThan(800);
  const text = await counts();
  expect(text).toContain('switchback_alert_unknown_total{source="prom",what="severity"} 1');
  expect(text).toContain('switchback_alert_unknown_total{source="prom",what="service"} 2');
});

test('a time that cannot be read is counted, answered, and listed by doctor', async () => {
  const { send, doctor, counts, taken } = await open();
  const body = alertmanagerBody('g', [{ name: 'a' }, { name: 'b' }]) as { alerts: { startsAt: string }[] };
  if (body.alerts[1]) body.alerts[1].startsAt = 'soon';
  expect(await send(body)).toEqual([
    202,
    'stored; 1 alert has a time that could not be read: alerts.1.startsAt: is not a time of this century, such as 2026-11-20T22:46:31Z\n',
  ]);
  expect(taken[0]?.delivery.alerts).toHaveLength(2);
  const found = (await doctor()).filter(({ state }) => state === 'warn');
  expect(found).toMatchObject([
    {
      name: 'alerts from prom',
      found: 'some of its times cannot be read; the time of arrival counts instead',
    },
  ]);
  const text = await counts();
  expect(text).toContain('switchback_alert_unknown_total{source="prom",what="time"} 1');
  expect(text).toContain('switchback_alerts_total{kind="alertmanager",status="firing"} 2');
  expect(text).not.toContain('status="unreadable"');
});

/** A source with `deadman: 15m`, looked at as replicas do. */
function watched() {
  const clock = virtualClock();
  const memory = openMemory({ clock });
  const deadman = 15 * minute;
  const post = (key: string, ms: number, text: Parameters<typeof plain>[0]) =>
    memory.outbox.post(
      [
        {
          id: crypto.randomUUID(),
          service: '@sources',
          release: null,
          kind: 'broadcast',
          text,
          channel: 'C1',
        },
      ],
      { key, ms },
    );
  const look = () => lookAtSilence({ notes: memory.senders, post }, [{ source: 'prom', deadman }]);
  return {
    clock,
    look,
    heard: () => memory.senders.keep({ kind: 'heard', source: 'prom', of: '', facts: {} }),
    /** Looks every ten seconds for so long. */
    pass: async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        await look();
        await clock.advance(10_000);
      }
    },
    told: async (): Promise<string[]> => {
      const { notices } = await memory.outbox.pending('C1', 999);
      return notices.map(({ text }) => plain(text).replace(/, since .*/, ''));
    },
  };
}
const silent = '🔇 Source prom has sent nothing for 15 min';

test('the bot announces once that a source is silent, and once that it sends again', async () => {
  const { heard, pass, told } = watched();
  await pass(minute);
  await heard();
  await pass(14 * minute);
  expect(await told()).toEqual([]);
  await pass(20 * minute);
  expect(await told()).toEqual([silent]);
  await heard();
  await pass(minute);
  expect(await told()).toEqual([silent, '✅ Source prom sends again, after 34 min.']);
  await pass(16 * minute);
  expect((await told()).slice(2)).toEqual([silent]);
});

test('a new source has as long as it takes, and so has each after the bot was down', async () => {
  const { clock, heard, pass, told } = watched();
  await pass(15 * minute);
  expect(await told()).toEqual([]);
  await heard();
  await pass(5 * minute);
  // Nobody listened.
  await clock.advance(60 * minute);
  await pass(14 * minute);
  expect(await told()).toEqual([]);
  await pass(2 * minute);
  expect(await told()).toEqual([silent]);
  // Nor is it told again by a bot that was away.
  await clock.advance(60 * minute);
  await pass(20 * minute);
  expect(await told()).toEqual([silent]);
});

test('two replicas that look at the same time announce it once', async () => {
  const { pass, look, told, clock } = watched();
  await pass(15 * minute);
  await clock.advance(20_000);
  await Promise.all([look(), look()]);
  expect(await told()).toEqual([silent]);
});

test('a bot watches its sources by itself', async () => {
  const { memory, clock, hears, told } = await open();
  const ending = new AbortController();
  const own = makeSenders({
    sources: { prom: source('alertmanager', { deadman: '15m' }) },
    notes: memory.senders,
    outbox: memory.outbox,
    clock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    channel: 'C1',
    look: () => {},
  });
  const watching = own.watch(ending.signal);
  own.answered('prom', { kind: 'stored' }, '');
  await clock.advance(14 * minute);
  own.answered('prom', { kind: 'stored' }, '');
  await clock.advance(14 * minute);
  expect(await told()).toEqual([]);
  await clock.advance(2 * minute);
  expect(await told()).toHaveLength(1);
  ending.abort();
  await clock.advance(minute);
  await watching;
  // Nothing is watched where nothing is to be.
  await hears().watch(new AbortController().signal);
});

test('a source may be silent for ten seconds at least before anybody hears of it', () => {
  const said = (deadman: string) =>
    alertSourceOptions.safeParse({ kind: 'grafana', token: 't', deadman }).error?.issues[0];
  expect(said('9s')).toMatchObject({ path: ['deadman'], message: 'must be at least 10s' });
  expect(said('10s')).toBeUndefined();
});
