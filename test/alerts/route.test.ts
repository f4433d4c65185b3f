import { expect, test } from 'vitest';
import { Fault } from '../../src/release/fault.ts';
import { openRoute as open, routeToken, signedBy } from '../support/alert-route.ts';
import { alertmanagerBody } from '../support/alerts.ts';
import { hmac } from '../support/hmac.ts';
import { until } from '../support/until.ts';

const body = (service = 'checkout') => alertmanagerBody('g', [{ labels: { app: service } }]);
const tooLarge = 'x'.repeat(8 * 1024 * 1024 + 1);

test('the route answers in the order of the contract: 404, 401, 413, 400, 503, 202', async () => {
  const { send } = await open();
  expect((await send(tooLarge, { path: '/hooks/alerts/nobody', headers: { authorization: 'no' } }))[0]).toBe(
    404,
  );
  expect((await send(tooLarge, { headers: { authorization: 'Bearer no' } }))[0]).toBe(401);
  expect((await send(tooLarge))[0]).toBe(413);
  expect(await send('{')).toEqual([400, 'body: is not JSON\n']);
  expect(await send({ ...body(), version: '3' })).toEqual([400, 'version: must be "4"\n']);
  expect(await send(body())).toEqual([202, 'stored\n']);
  expect(await send(body(), { method: 'PUT' })).toEqual([202, 'stored\n']);
  expect((await send('', { method: 'GET' }))[0]).toBe(405);
  expect((await send(body(), { path: '/hooks/alerts/' }))[0]).toBe(404);
  expect((await send(body(), { path: '/hooks/alerts/__proto__' }))[0]).toBe(404);
});

test('the route makes a sender repeat a delivery for a source that only another replica has, so that it is not lost', async () => {
  const { send } = await open();
  const path = '/hooks/alerts/added';
  expect((await send(body(), { path }))[0]).toBe(503);
});

test('the route answers 503 while the storage is unavailable, and counts nothing then', async () => {
  const { send, counts } = await open({
    take: () => Promise.reject(new Fault('storage-unavailable', 'Redis cannot be reached.')),
  });
  expect(await send(body())).toEqual([503, 'not stored; try again\n']);
  expect(await counts()).not.toContain('switchback_alerts_total{');
});

test('the route counts stored alerts by kind and status', async () => {
  const { send, counts } = await open();
  await send(alertmanagerBody('g', [{ name: 'a' }, { name: 'b' }, { name: 'c', status: 'resolved' }]));
  const text = await counts();
  expect(text).toContain('switchback_alerts_total{kind="alertmanager",status="firing"} 2');
  expect(text).toContain('switchback_alerts_total{kind="alertmanager",status="resolved"} 1');
});

test('the route counts the answers to each source, and logs them once a minute', async () => {
  let now = 0;
  const { send, counts, warned } = await open({ mono: () => now });
  const logged = () => warned.splice(0).map(({ facts, text: words }) => [facts, words]);
  const wrong = { headers: { authorization: 'Bearer no' } };
  for (let i = 0; i < 3; i += 1) await send(body(), wrong);
  await send(body(), { ...wrong, path: '/hooks/alerts/other' });
  await send('{');
  await send(tooLarge);
  for (const path of ['/hooks/alerts/nobody', '/hooks/alerts/x%1b[31m']) await send(body(), { path });
  await send(body());
  expect(logged()).toEqual([
    [{ source: 'prom' }, expect.stringContaining('wrong or missing token')],
    [{ source: 'other' }, expect.stringContaining('wrong or missing token')],
    [{ source: 'prom', mistake: 'body: is not JSON' }, expect.stringContaining('cannot be read')],
    [{ source: 'prom', bytes: tooLarge.length }, expect.stringContaining('too large')],
    [{}, expect.stringContaining('not in the configuration')],
  ]);
  now += 60_000;
  await send(body(), wrong);
  await send(body(), wrong);
  expect(logged()).toEqual([[{ source: 'prom', unsaid: 2 }, expect.stringContaining('token')]]);
  const text = await counts();
  for (const line of [
    '{source="prom",answer="not-authentic"} 5',
    '{source="other",answer="not-authentic"} 1',
    '{source="prom",answer="unreadable"} 1',
    '{source="prom",answer="too-large"} 1',
    '{source="none",answer="no-such-source"} 2',
    '{source="prom",answer="stored"} 1',
  ])
    expect(text).toContain(`switchback_alert_deliveries_total${line}\n`);
});

test('the route refuses a source that sends too much for a while, and takes it again later', async () => {
  let now = 0;
  const { send, post } = await open({ mono: () => now, allowance: { perSecond: 2, atOnce: 3 } });
  const answers: [number, string][] = [];
  for (let i = 0; i < 5; i += 1) answers.push(await send(body()));
  // Alertmanager tries 5xx again, and drops what is answered with 429.
  const off = [503, 'too many at once\n', '1'];
  expect(answers.slice(0, 3).map(([status]) => status)).toEqual([202, 202, 202]);
  expect(answers.slice(3)).toEqual([off.slice(0, 2), off.slice(0, 2)]);
  const refused = await post(body());
  expect([refused.status, await refused.text(), refused.headers.get('retry-after')]).toEqual(off);
  now += 1_000;
  expect((await send(body()))[0]).toBe(202);
});

test('the route holds at most 32 MiB of one source’s bodies, and delays no other source', async () => {
  let release = (): void => {};
  const stored = new Promise<void>((resolve) => {
    release = resolve;
  });
  let inside = 0;
  const { send, post } = await open({
    async take({ source }) {
      if (source !== 'prom') return;
      inside += 1;
      await stored;
    },
  });
  const large = { ...body(), padding: 'x'.repeat(1_000_000) };
  const waiting = Array.from({ length: 33 }, () => send(large));
  await until('all that have room are being stored', () => inside === 33);
  const refused = await post(large);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await send(large, { path: '/hooks/alerts/other' })).toEqual([202, 'stored\n']);
  expect((await send(large, { headers: { authorization: 'Bearer no' } }))[0]).toBe(401);
  release();
  expect((await Promise.all(waiting)).map(([status]) => status)).toEqual(Array(33).fill(202));
  expect(await send(large)).toEqual([202, 'stored\n']);
});

test('the route names the service by its own name, or only by the list where there is one', async () => {
  const plain = await open();
  await plain.send(body('checkout'));
  expect(plain.taken[0]?.services).toEqual(['checkout']);
  const listed = await open({ services: { 'checkout-api': 'checkout' } });
  for (const name of ['checkout-api', 'checkout', 'constructor']) await listed.send(body(name));
  expect(listed.taken.map(({ services }) => services[0])).toEqual(['checkout', null, null]);
});

test('the route names the service in any letter case', async () => {
  const plain = await open();
  await plain.send(body(' Checkout'));
  const listed = await open({ services: { 'Checkout-API': 'checkout' } });
  await listed.send(body('CHECKOUT-api'));
  expect([...plain.taken, ...listed.taken].map(({ services }) => services[0])).toEqual([
    'checkout',
    'checkout',
  ]);
});

test.each(['/hooks/alerts/prom/', '/hooks/alerts/prom//', '/hooks//alerts//prom', '//hooks/alerts/prom?a=b'])(
  'takes %s for the source',
  async (path) => {
    const { send, taken } = await open();
    expect(await send(body(), { path })).toEqual([202, 'stored\n']);
    expect(taken[0]?.delivery.source).toBe('prom');
  },
);

test.each([
  ['/hooks/alerts/prometheus', '/hooks/alerts/prometheus'],
  ['/hooks/alerts', '/hooks/alerts'],
  ['/hooks/alerts/prom/more', '/hooks/alerts/prom/more'],
  ['/switchback/hooks/alerts/prom', '/switchback/hooks/alerts/prom'],
  [`/hooks/alerts/${'x'.repeat(500)}`, `/hooks/alerts/${'x'.repeat(25)}…`],
])('the route answers 404 to %s, with the path that was read', async (path, shown) => {
  const { send } = await open();
  expect(await send(body(), { path })).toEqual([404, `no such source: ${shown} was read\n`]);
});

test('the route gives each group and service an id of its own, the same each time', async () => {
  const { send, taken } = await open();
  await send(body('one'));
  await send(body('one'));
  await send(body('two'));
  const [first, again, other] = taken.map(({ ids }) => ids[0]);
  expect(first).toMatch(/^[0-9a-f]{24}$/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

test('the route marks deliveries that are signed with their time, and no others', async () => {
  const { send, taken } = await open();
  const own = JSON.stringify({
    schema: 'switchback-1',
    group: 'g',
    alerts: [{ id: 'e', status: 'firing', title: 't', since: '2026-11-20T22:46:31Z' }],
  });
  const headers = signedBy(own);
  await send(own, { path: '/hooks/alerts/own', headers });
  await send(own, { path: '/hooks/alerts/own', headers });
  await send(body());
  const grafana = JSON.stringify({ ...body(), version: '1', orgId: 1 });
  const path = '/hooks/alerts/graf';
  await send(grafana, { path, headers: { 'x-grafana-alerting-signature': hmac(routeToken, grafana) } });
  const at = String(Math.floor(Date.now() / 1_000));
  const timed = {
    'x-grafana-alerting-signature': hmac(routeToken, at, ':', grafana),
    'x-grafana-alerting-timestamp': at,
  };
  await send(grafana, { path, headers: timed });
  const marks = taken.map(({ delivery }) => delivery.mark);
  expect(marks.map((mark) => typeof mark)).toEqual(['string', 'string', 'undefined', 'undefined', 'string']);
  expect(marks[0]).toBe(marks[1]);
  expect(marks[0]).not.toBe(marks[4]);
});
