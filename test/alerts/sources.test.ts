import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBody } from '../../src/alerts/parse-body.ts';
import { hmac } from '../support/hmac.ts';
import type { Head, Source } from '../../src/alerts/source.ts';
import { alertmanager } from '../../src/alerts/sources/alertmanager.ts';
import { alertSourceOptions } from '../../src/alerts/sources/index.ts';
import { generic } from '../../src/alerts/sources/generic.ts';
import { grafana } from '../../src/alerts/sources/grafana.ts';
import { atOnce } from '../support/at-once.ts';

const token = 'a-token-of-alerts';
const now = Date.parse('2026-11-20T22:50:00Z');
type Kind = 'alertmanager' | 'grafana' | 'generic';
const common = { token, serviceLabel: 'service', services: {} };
const make = {
  alertmanager: (linkHosts: string[]) => alertmanager({ kind: 'alertmanager', ...common, linkHosts }),
  grafana: (linkHosts: string[]) => grafana({ kind: 'grafana', ...common, linkHosts }),
  generic: (linkHosts: string[]) => generic({ kind: 'generic', ...common, linkHosts }),
};

const folder = 'test/fixtures/alertmanager';
const bodies = readdirSync(folder).map((file) => [file, readFileSync(`${folder}/${file}`, 'utf8')] as const);
const [, firing = ''] = bodies.find(([file]) => file === 'alertmanager-firing.json') ?? [];

/** Whether a source takes these headers for its sender's, with this body where it asks for one. */
function proves(source: Pick<Source, 'authentic'>, headers: Head['headers'], body: Buffer) {
  const proof = source.authentic({ headers, now });
  if (typeof proof === 'boolean') return proof;
  // As it comes: in pieces.
  for (const byte of body) proof.write(Buffer.of(byte));
  return proof.end();
}

function read(kind: Kind, body: unknown, linkHosts: string[] = []) {
  return atOnce(make[kind](linkHosts).read(body as object));
}

function mistake(kind: Kind, body: unknown): string {
  const said = read(kind, body);
  if (said.ok) throw new Error('it was read');
  return said.mistake;
}

function delivered(kind: Kind, body: unknown, linkHosts?: string[]) {
  const said = read(kind, body, linkHosts);
  if (!said.ok) throw new Error(said.mistake);
  return said.delivery;
}

describe('Alertmanager', () => {
  test.each(bodies)('is read as it really sends: %s', (_file, body) => {
    const json = JSON.parse(body) as { groupKey: string; alerts: { fingerprint: string; status: string }[] };
    const delivery = delivered('alertmanager', json);
    expect(delivery.group).toBe(json.groupKey);
    expect(delivery.alerts.map(({ fingerprint, status }) => ({ fingerprint, status }))).toEqual(
      json.alerts.map(({ fingerprint, status }) => ({ fingerprint, status })),
    );
    for (const alert of delivery.alerts) {
      expect(alert.since).toBeGreaterThan(Date.parse('2026-11-01'));
      expect(alert.endedAt !== undefined).toBe(alert.status === 'resolved');
    }
  });

  test('gives title, severity, summary and labels', () => {
    const [alert] = delivered('alertmanager', JSON.parse(firing)).alerts;
    expect(alert).toMatchObject({ title: 'HighErrorRate', severity: 'critical', status: 'firing' });
    expect(alert?.labels['service']).toBe('billing');
  });

  test.each([
    ['another version', { version: '5' }, 'version: must be "4"'],
    ['no group key', { groupKey: undefined }, 'groupKey: '],
    ['no alerts', { alerts: [] }, 'alerts: '],
    ['an alert that is none', { alerts: [7] }, 'alerts.0: '],
    ['another status', { alerts: [{ status: 'on' }] }, 'alerts.0.status: '],
    [
      'labels that are no texts',
      {
        alerts: [
          { status: 'firing', labels: { a: [1] }, startsAt: '2026-11-20T22:46:31Z', fingerprint: 'f' },
        ],
      },
      'alerts.0.labels.a: ',
    ],
  ])('says where it is wrong: %s', (_what, change, where) => {
    expect(mistake('alertmanager', { ...JSON.parse(firing), ...change })).toContain(where);
  });

  test('takes missing labels and annotations for none, and cuts what is too long', () => {
    const alert = { status: 'firing', labels: null, startsAt: '2026-11-20T22:46:31Z', fingerprint: 'f' };
    const long = { ...alert, annotations: { summary: 'x'.repeat(20_000) } };
    const delivery = delivered('alertmanager', { ...JSON.parse(firing), alerts: [alert, long] });
    expect(delivery.alerts[0]).toMatchObject({ title: 'alert', summary: '', severity: 'unknown' });
    expect(delivery.alerts[1]?.summary).toHaveLength(500);
  });

  test('of more than 5,000 alerts counts the others', () => {
    const alert = { status: 'firing', labels: {}, startsAt: '2026-11-20T22:46:31Z' };
    const alerts = Array.from({ length: 5_200 }, (_, i) => ({ ...alert, fingerprint: `f${i}` }));
    const delivery = delivered('alertmanager', { ...JSON.parse(firing), truncatedAlerts: 3, alerts });
    expect(delivery.alerts).toHaveLength(5_000);
    expect(delivery.truncated).toBe(203);
  });

  test('says when an alert ended only where its sender knows', () => {
    const [ended] = JSON.parse(firing).alerts;
    const alerts = [{ ...ended, status: 'resolved', endsAt: '0001-01-01T00:00:00Z' }];
    const delivery = delivered('alertmanager', { ...JSON.parse(firing), alerts });
    expect(delivery.alerts[0]).not.toHaveProperty('endedAt');
  });

  test('links only by https to the hosts that are listed', () => {
    const urls = [
      'https://runbooks.example.com/a?b=c',
      'http://runbooks.example.com/a',
      'https://runbooks.example.com.evil.example/a',
      'https://user:word@runbooks.example.com/a',
      'https://runbooks.example.com:8443/a',
      'javascript:alert(1)',
      'not a url',
    ];
    const alerts = urls.map((url, i) => ({
      status: 'firing',
      labels: {},
      annotations: { runbook_url: url },
      startsAt: '2026-11-20T22:46:31Z',
      fingerprint: `f${i}`,
    }));
    const delivery = delivered('alertmanager', { ...JSON.parse(firing), alerts }, ['runbooks.example.com']);
    expect(delivery.alerts.map(({ links }) => links.map(({ url }) => url))).toEqual([
      [urls[0]],
      [],
      [],
      [],
      [],
      [],
      [],
    ]);
  });

  const shown = (url: string, hosts: string[]): string | undefined => {
    const alert = {
      status: 'firing',
      labels: {},
      annotations: { runbook_url: url },
      startsAt: '2026-11-20T22:46:31Z',
      fingerprint: 'f',
    };
    return delivered('alertmanager', { ...JSON.parse(firing), alerts: [alert] }, hosts).alerts[0]?.links[0]
      ?.url;
  };

  test.each([
    ['https://runbooks.example.com/a', 'Runbooks.Example.COM'],
    ['https://RUNBOOKS.example.com/a', 'runbooks.example.com'],
    ['https://runbooks.example.com:443/a', 'runbooks.example.com'],
    ['https://runbooks.example.com/a', 'runbooks.example.com:443'],
    ['https://runbooks.example.com./a', 'runbooks.example.com'],
    ['https://runbooks.example.com/a', 'runbooks.example.com.'],
    ['https://runbooks.example.com:8443/a', 'runbooks.example.com:8443'],
  ])('%s is on the host %s, however either is written', (url, host) => {
    expect(shown(url, [host])).toMatch(/^https:\/\/runbooks\.example\.com\.?(:8443)?\/a$/);
  });

  test.each([
    ['https://runbooks.example.com:8443/a', 'runbooks.example.com'],
    ['https://runbooks.example.com/a', 'runbooks.example.com:8443'],
    ['https://runbooks.example.com@evil.example/a', 'runbooks.example.com'],
    ['https://evil.example@runbooks.example.com/a', 'runbooks.example.com'],
    ['https://:word@runbooks.example.com/a', 'runbooks.example.com'],
    ['https://runbooks.example.com%40evil.example/a', 'runbooks.example.com'],
    ['https://evil.example/?runbooks.example.com', 'runbooks.example.com'],
    ['https://evil.example#@runbooks.example.com', 'runbooks.example.com'],
    ['https://a.runbooks.example.com/a', 'runbooks.example.com'],
  ])('%s is not on the host %s', (url, host) => {
    expect(shown(url, [host])).toBeUndefined();
  });

  test('a back-slash that a browser reads as a slash leads nowhere else', () => {
    const url = shown('https://runbooks.example.com\\@evil.example/a', ['runbooks.example.com']);
    expect(url).toBe('https://runbooks.example.com/@evil.example/a');
  });

  test('an error is described in a few visible characters, even when the text at its place is odd', () => {
    const labels = { [`\u001b[31m\u202e${'x'.repeat(500_000)}`]: [7] };
    const alert = { status: 'firing', labels, startsAt: '2026-11-20T22:46:31Z', fingerprint: 'f' };
    for (const body of [
      { ...JSON.parse(firing), alerts: [alert] },
      { ...JSON.parse(firing), alerts: [{ ...alert, labels: { ['\u001b\u2028b']: [7] } }] },
    ]) {
      const said = mistake('alertmanager', body);
      expect(said.length).toBeLessThanOrEqual(200);
      expect(said).toMatch(/^alerts\.0\.labels\./);
      expect(said).toContain(': ');
      expect(said).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }
    const unknown = mistake('generic', {
      schema: 'switchback-1',
      group: 'g',
      alerts: [],
      ['y'.repeat(9_000)]: 1,
    });
    expect(unknown.length).toBeLessThanOrEqual(200);
  });

  test('proves itself by bearer, or as the password of basic auth', () => {
    const authentic = (authorization: string | undefined) =>
      proves(make.alertmanager([]), authorization === undefined ? {} : { authorization }, Buffer.alloc(0));
    const basic = (words: string) => `Basic ${Buffer.from(words).toString('base64')}`;
    expect(authentic(`Bearer ${token}`)).toBe(true);
    expect(authentic(basic(`anyone:${token}`))).toBe(true);
    for (const wrong of [
      undefined,
      '',
      'Bearer',
      'Bearer no',
      `Bearer ${token}x`,
      token,
      basic(`${token}:no`),
      basic(token.slice(1)),
    ])
      expect(authentic(wrong)).toBe(false);
  });
});

describe('Grafana', () => {
  const body = {
    ...(JSON.parse(firing) as object),
    version: '1',
    orgId: 7,
    state: 'alerting',
    title: '[FIRING:1]',
    message: 'text',
  };

  test('is read, its group apart from that of other organisations', () => {
    const delivery = delivered('grafana', body);
    expect(delivery.alerts).toHaveLength(1);
    expect(delivery.group).not.toBe(delivered('grafana', { ...body, orgId: 8 }).group);
    expect(mistake('grafana', JSON.parse(firing))).toContain('version: must be "1"');
    expect(mistake('alertmanager', body)).toContain('version: must be "4"');
  });

  test('proves itself by bearer, or by an HMAC with or without a timestamp', () => {
    const raw = Buffer.from(JSON.stringify(body));
    const authentic = (headers: Record<string, string>) => proves(make.grafana([]), headers, raw);
    const seconds = String(now / 1000);
    const signature = hmac(token, raw);
    expect(authentic({ authorization: `Bearer ${token}` })).toBe(true);
    expect(authentic({ 'x-grafana-alerting-signature': signature })).toBe(true);
    expect(authentic({ 'x-grafana-alerting-signature': hmac('other', raw) })).toBe(false);
    const timed = (timestamp: string) => ({
      'x-grafana-alerting-timestamp': timestamp,
      'x-grafana-alerting-signature': hmac(token, timestamp, ':', raw),
    });
    expect(authentic(timed(seconds))).toBe(true);
    expect(authentic(timed(String(now / 1000 - 301)))).toBe(false);
    expect(authentic(timed(String(now / 1000 + 301)))).toBe(false);
    expect(authentic({ ...timed(seconds), 'x-grafana-alerting-signature': signature })).toBe(false);
    // A wrong signature is not mended by a right bearer.
    expect(authentic({ authorization: `Bearer ${token}`, 'x-grafana-alerting-signature': 'no' })).toBe(false);
  });
});

describe('a generic sender', () => {
  const alert = {
    id: 'one',
    status: 'firing',
    title: 'Slow',
    labels: { service: 'checkout' },
    since: '2026-11-20T22:46:31Z',
  };
  const body = { schema: 'switchback-1', group: 'g', alerts: [alert] };

  test('is read, and gets a list of unknown keys', () => {
    expect(delivered('generic', body).alerts[0]).toMatchObject({
      fingerprint: 'one',
      title: 'Slow',
      severity: 'unknown',
    });
    expect(mistake('generic', { ...body, more: 1 })).toContain('more');
    expect(mistake('generic', { ...body, schema: 'switchback-2' })).toBe('schema: must be "switchback-1"');
  });

  test('gets an error for an empty title', () => {
    const given = { ...body, alerts: [{ ...alert, title: ' ' }] };
    expect(mistake('generic', given)).toBe('alerts.0.title: must not be empty');
  });

  test.each([
    ['a clock that was never set', { since: '0001-01-01T00:00:00Z' }, 'alerts.0.since'],
    ['no beginning', { since: null }, 'alerts.0.since'],
    ['a far end', { status: 'resolved', endedAt: '9999-12-31T23:59:59Z' }, 'alerts.0.endedAt'],
  ])('gets a warning about %s, and its alert is taken', (_what, change, path) => {
    const { alerts, unreadable } = delivered('generic', { ...body, alerts: [{ ...alert, ...change }] });
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).not.toHaveProperty('endedAt');
    expect(unreadable).toMatchObject({ count: 1, undated: 1, mistake: { path } });
  });

  test('has its links marked, under any name', () => {
    const url = 'https://runbooks.example.com/a';
    const links = [
      { label: 'Revert', url },
      { label: 'x'.repeat(60), url },
    ];
    const [read] = delivered('generic', { ...body, alerts: [{ ...alert, links }] }, [
      'runbooks.example.com',
    ]).alerts;
    expect(read?.links.map(({ label }) => label)).toEqual(['↗ Revert', `↗ ${'x'.repeat(38)}`]);
  });

  test.each([
    ['critical', ['CRITICAL', 'Sev-1', 'SEV_0', 'sev 1', 'P1', 'page', 'major', 'high', 'error', 'Fatal']],
    ['critical', ['s1', 'S1', '1', 'P1 - Critical', 'sev-1 (critical)', 'urgent', 'blocker', 'severe']],
    ['critical', ['alert', 'critical-page', 'paging', 'P2 / High', '1 - Critical', '1.0']],
    ['critical', ['SEV:1', 'P\u20111', 'P\u22121', 'ｃｒｉｔｉｃａｌ', 'crit\u200bical', 'p１']],
    ['warning', ['2.0', '3.0', 'ticket-1', 'warning 1']],
    ['info', ['5.0', 'info-1', 'low-1', 'P4-0']],
    ['unknown', ['2.1', '1-0', '2/1', 'low-7']],
    ['warning', ['Warning', 'warn', 'minor', 'medium', 'P2', 'p-3', 'sev2', '3', 'P3 - Moderate']],
    ['info', ['info', 'Informational', 'low', 'P5', 'sev4', 'none', 's5', '5']],
    ['unknown', ['', 'purple', 'pageteam', 'non-critical', '6', 'kritisch', 'constructor', '__proto__']],
  ])('is %s by %j', (severity, given) => {
    const alerts = given.map((word, i) => ({ ...alert, id: `a${i}`, severity: word }));
    const read = delivered('generic', { ...body, alerts }).alerts;
    expect(read.map((one) => one.severity)).toEqual(given.map(() => severity));
  });

  test('has no two words for severity that are one and mean different things', () => {
    const check = (severities: object) =>
      alertSourceOptions.safeParse({ kind: 'generic', token, severities }).error?.issues[0];
    expect(check({ 'sev-1': 'critical', SEV1: 'info' })).toMatchObject({
      path: ['severities', 'SEV1'],
      message: 'is the same word as sev-1',
    });
    expect(check({ 'sev-1': 'critical', SEV1: 'critical', sev2: 'info' })).toBeUndefined();
  });

  test('proves itself by an HMAC over timestamp and body, within five minutes', () => {
    const raw = Buffer.from(JSON.stringify(body));
    const authentic = (
      timestamp: number,
      signature = hmac(token, String(timestamp), ':', raw),
      version = 'v1',
    ) =>
      proves(
        make.generic([]),
        {
          'x-switchback-timestamp': String(timestamp),
          'x-switchback-signature': `${version}=${signature}`,
          authorization: `Bearer ${token}`,
        },
        raw,
      );
    const seconds = now / 1000;
    expect(authentic(seconds)).toBe(true);
    expect(authentic(seconds, hmac(token, raw))).toBe(false);
    expect(authentic(seconds, hmac(token, String(seconds), ':', raw), 'v0')).toBe(false);
    expect(authentic(seconds - 301)).toBe(false);
    expect(authentic(seconds + 301)).toBe(false);
    expect(proves(make.generic([]), { authorization: `Bearer ${token}` }, raw)).toBe(false);
  });
});

describe('any body', () => {
  test('that is no JSON object, or too deep, is refused with words', () => {
    const said = (text: string | Buffer) => parseBody(Buffer.from(text));
    expect(said('{')).toEqual({ ok: false, mistake: 'body: is not JSON' });
    expect(said(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toEqual({
      ok: false,
      mistake: 'body: is not JSON',
    });
    expect(said('[]')).toMatchObject({ ok: false, mistake: 'body: is not an object' });
    expect(said('null')).toEqual({ ok: false, mistake: 'body: is not an object' });
    expect(said(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`)).toMatchObject({ ok: false });
    expect(said(`${'{"a":'.repeat(15)}1${'}'.repeat(15)}`)).toMatchObject({ ok: true });
    // Deep enough to break a reader that calls itself.
    expect(said(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)).toMatchObject({ ok: false });
  });

  test('with numbers that Python writes and JSON does not know has null there', () => {
    const said = parseBody(
      Buffer.from('{"a": NaN, "b": [-Infinity,Infinity], "c": "NaN, \\" Infinity", "d\\\\": NaN}'),
    );
    expect(said).toEqual({
      ok: true,
      value: { a: null, b: [null, null], c: 'NaN, " Infinity', 'd\\': null },
    });
    for (const wrong of ['{"a": NaNa}', '{NaN: 1}', '{"a": NaN', '{"a": "NaN}'])
      expect(parseBody(Buffer.from(wrong))).toMatchObject({ ok: false, mistake: 'body: is not JSON' });
  });

  test('of any shape is read or refused, and never breaks a source', () => {
    fc.assert(
      fc.property(fc.constantFrom('alertmanager', 'grafana', 'generic'), fc.jsonValue(), (kind, value) => {
        const said = read(kind, value);
        expect(said.ok || said.mistake.length > 0).toBe(true);
      }),
    );
  });
});
