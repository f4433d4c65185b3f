/** Bodies that real senders send, as they are, by the real way in: what becomes of each, told and drawn. */
import { expect, test } from 'vitest';
import { acknowledge, silence } from '../support/alert-verbs.ts';
import { takeDelivery } from '../../src/release/alerts/take.ts';
import { openRoute } from '../support/alert-route.ts';
import { alertWorld, ann, minute } from '../support/alert-world.ts';
import { oddBodies } from '../support/odd-alerts.ts';

const hour = 60 * minute;

/** One service behind the way in. `send`: the body of this number of a file, filled with the instants of now. */
async function open(file: string, path = '/hooks/alerts/prom') {
  const world = alertWorld();
  const tested: string[] = [];
  const hears = { answered: () => {}, odd: () => {}, tested: (source: string) => void tested.push(source) };
  const route = await openRoute({
    serviceLabel: 'service',
    hears,
    take: (...given) => takeDelivery(world.parts, ...given),
  });
  const ids = (): Promise<readonly string[]> => world.memory.alerts.open('checkout');
  return {
    ...world,
    group: (id: string) => world.group(id),
    card: (id: string) => world.card(id),
    said: () => world.said(),
    record: (more: Parameters<typeof world.record>[0]) => world.record(more),
    tested,
    send: async (i: number): Promise<[number, string]> =>
      route.send(oddBodies(file, world.clock.now())[i] ?? '', { path }),
    ids,
    /** The id of the only group. */
    only: async (): Promise<string> => {
      const [id = '', ...others] = await ids();
      expect(others).toEqual([]);
      return id;
    },
    broadcasts: async (): Promise<string[]> =>
      (await world.said()).filter((each) => each.startsWith('broadcast')),
  };
}

const stored = [202, 'stored\n'];

test('an outage after an end that the bot never received is a new firing, neither announced nor acknowledged yet', async () => {
  const { send, only, clock, parts, group, broadcasts, card } = await open('end-not-heard');
  expect(await send(0)).toEqual(stored);
  const id = await only();
  await acknowledge(parts, id, ann);
  await clock.advance(144 * hour);
  expect(await send(1)).toEqual(stored);
  expect(await group(id)).toMatchObject({ times: 2, acknowledged: null, since: clock.now() - 20_000 });
  expect((await broadcasts()).slice(1)).toEqual([
    expect.stringContaining(
      'QueueStuck: Nothing leaves the queue. It fires again; it was never reported as resolved.',
    ),
  ]);
  expect((await card(id)).buttons).toEqual(expect.arrayContaining(['alert.acknowledge', 'alert.close']));
});

test.each([
  ['nobody has pressed anything', ['DiskAlmostFull', 'CheckoutDown'], ''],
  ['somebody acknowledged the first', ['DiskAlmostFull', 'CheckoutDown'], 'new critical since: CheckoutDown'],
  ['somebody silenced the group', ['DiskAlmostFull'], 'new critical since: CheckoutDown'],
])('a second, different critical alert, when %s', async (what, told, shown) => {
  const { send, only, parts, broadcasts, card } = await open('second-critical');
  expect(await send(0)).toEqual(stored);
  const id = await only();
  if (what.includes('acknowledged')) await acknowledge(parts, id, ann);
  if (what.includes('silenced')) await silence(parts, id, ann, { choice: '4h' });
  expect(await send(1)).toEqual(stored);
  expect(await broadcasts()).toEqual(told.map((title) => expect.stringContaining(title)));
  expect((await card(id)).text).toContain(shown);
});

test('an alert whose rule waited says when it fired after the switch, and not that it began then', async () => {
  const { send, only, clock, record, release, card, said } = await open('fired-after-switch');
  await record({ state: 'baking', releases: [release()] });
  await clock.advance(30_000);
  expect(await send(0)).toEqual(stored);
  const { text, buttons } = await card(await only());
  expect(text).toContain('25 s after');
  expect(text.toLowerCase()).toContain('fired');
  expect(`${text}${(await said()).join()}`.toLowerCase()).not.toContain('began');
  expect(buttons[0]).toBe('release.revert danger');
});

test('a sender that was restarted after a promote does not move an old alert to the release', async () => {
  const { send, only, clock, record, release, card, group, said } = await open('restarted-prometheus');
  expect(await send(0)).toEqual(stored);
  const id = await only();
  const { since } = await group(id);
  await record({ state: 'baking', releases: [release()] });
  const before = await said();
  await clock.advance(minute);
  expect(await send(1)).toEqual(stored);
  expect(await group(id)).toMatchObject({ since, times: 1 });
  expect(await said()).toEqual(before);
  expect((await card(id)).buttons).not.toContain('release.revert danger');
});

test('a delivery loses no alert for a number, a null, or a fingerprint that is missing', async () => {
  const { send, only, group } = await open('number-and-missing-fingerprint');
  for (const i of [0, 1]) {
    expect(await send(i)).toEqual(stored);
    const { titles } = await group(await only());
    expect(titles.toSorted()).toEqual(['Latencya1', 'Latencyb2', 'Latencyc3']);
  }
});

test('a rule without a verdict is a warning by its own name, and nothing that a release made', async () => {
  const { send, ids, clock, record, release, group, card, broadcasts } = await open(
    'grafana-without-verdict',
    '/hooks/alerts/graf',
  );
  await record({ state: 'baking', releases: [release()] });
  await clock.advance(minute);
  for (const i of [0, 1, 2]) expect(await send(i)).toEqual(stored);
  const all = await ids();
  expect(all).toHaveLength(3);
  expect(
    (await Promise.all(all.map((id) => group(id)))).map(({ titles }) => titles[0] ?? '').toSorted(),
  ).toEqual([
    'Checkout error rate (no data)',
    'Checkout error rate (no data)',
    'Checkout latency (query failed)',
  ]);
  for (const id of all) {
    expect((await group(id)).severity).toBe('warning');
    expect((await card(id)).buttons).not.toContain('release.revert danger');
  }
  expect(await broadcasts()).toEqual([]);
});

test('the Test button of Grafana says that the source works, and leaves no group', async () => {
  const { send, ids, tested, said } = await open('grafana-test-button', '/hooks/alerts/graf');
  for (const i of [0, 1, 2]) expect(await send(i)).toEqual([202, 'nothing to store\n']);
  expect(tested).toEqual(['graf', 'graf', 'graf']);
  expect([await ids(), await said()]).toEqual([[], []]);
});

test('an alert with another word for critical is announced in the channel, and the card shows a word that nobody knows', async () => {
  const { send, ids, clock, group, card, broadcasts } = await open('words-for-severity');
  const unknown = ['pageteam', 'kritisch'];
  for (const i of oddBodies('words-for-severity').keys()) {
    expect(await send(i)).toEqual(stored);
    // Together they would be a storm.
    await clock.advance(minute / 4);
  }
  const all = await ids();
  expect(all).toHaveLength(14);
  const odd: string[] = [];
  for (const id of all) {
    const { severity } = await group(id);
    if (severity === 'critical') continue;
    expect(severity).toBe('unknown');
    const { text } = await card(id);
    odd.push(...unknown.filter((word) => text.includes(`severity ${word} is not known here`)));
  }
  expect(odd.toSorted()).toEqual(unknown.toSorted());
  expect(await broadcasts()).toHaveLength(12);
});

test('an alert without a status has that of its group, and a body of another age is named as what it is', async () => {
  const { send, only, group } = await open('without-status');
  expect(await send(0)).toEqual(stored);
  expect(await group(await only())).toMatchObject({
    status: 'firing',
    severity: 'warning',
    titles: ['high_load'],
  });
  const legacy = await open('without-status', '/hooks/alerts/graf');
  expect(await legacy.send(1)).toEqual([
    400,
    "Grafana's legacy alerting is not supported; Grafana 11 removed it\n",
  ]);
});
