import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import type { AlertGroup, IncomingAlert } from '../../src/release/alerts/alert.ts';
import { alertCards } from '../../src/release/alerts/port.ts';
import type { Copies } from '../../src/release/alerts/port.ts';
import { makeTake, takeDelivery } from '../../src/release/alerts/take.ts';
import type { AlertParts } from '../../src/release/alerts/take.ts';
import { systemClock } from '../../src/release/clock.ts';
import type { Configured } from '../../src/release/command.ts';
import { Fault } from '../../src/release/fault.ts';
import { plain } from '../../src/release/line.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import { change, record } from '../store/record.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';

const minute = 60_000;
const settings = settingsSchema.parse({
  colors: { blue: { url: 'http://10.0.0.11' }, green: { url: 'http://10.0.0.12' } },
  router: { kind: 'http' },
  health: [{ kind: 'http' }],
});
const configured: Configured = { settings, raw: {}, digest: 'd', seal: 's' };

let clock: VirtualClock;
let memory: ReturnType<typeof openMemory>;
let known: boolean;
let channel: string;
let errors: { facts: object; words: string }[];

beforeEach(() => {
  clock = virtualClock();
  memory = openMemory({ clock });
  known = true;
  channel = 'C1';
  errors = [];
});

const parts = (more: Partial<AlertParts> = {}): AlertParts => ({
  alerts: memory.alerts,
  store: memory.store,
  catalog: {
    names: () => ['checkout'],
    find: () => (known ? configured : undefined),
    stored: () => configured,
    vouchesFor: () => true,
    channelOf: () => channel,
  },
  people: { may: async () => 'yes', mentions: () => [{ group: 'S1' }] },
  log: { info: () => {}, warn: () => {}, error: (facts, words) => errors.push({ facts, words }) },
  defaultChannel: 'C9',
  look: () => {},
  ...more,
});

const alert = (more: Partial<IncomingAlert> = {}): IncomingAlert => ({
  fingerprint: 'f',
  status: 'firing',
  severity: 'warning',
  title: 'Slow',
  summary: '',
  labels: {},
  since: clock.now(),
  links: [],
  ...more,
});
const ended = (more: Partial<IncomingAlert> = {}): IncomingAlert =>
  alert({ status: 'resolved', since: 0, endedAt: clock.now(), ...more });

const idOf = (service: string | null): string => (service ?? 'none').padEnd(24, '0');
const delivery = (alerts: IncomingAlert[]) => ({ source: 'prom', group: 'g', alerts, truncated: 0 });
const deliver = (...alerts: IncomingAlert[]): Promise<void> =>
  takeDelivery(parts(), delivery(alerts), idOf, () => 'checkout');
const stored = async (service: string | null = 'checkout'): Promise<AlertGroup> => {
  const { group } = await memory.alerts.load(idOf(service));
  if (group === null) throw new Error('no group');
  return group;
};
const said = async (where: string): Promise<string[]> =>
  (await memory.outbox.pending(where, 99)).notices.map(
    ({ text, calls }) => `${plain(text)}${calls ? ' @S1' : ''}`,
  );
const drawn = async (where: string): Promise<void> => {
  for (const mark of (await memory.outbox.pending(where, 0)).draws) await memory.outbox.drawn(where, mark);
};

describe('a delivery that its sender signed with the time', () => {
  const signed = (mark: string, ...alerts: IncomingAlert[]) =>
    takeDelivery(parts(), { ...delivery(alerts), mark }, idOf, () => 'checkout');

  test('does nothing when it comes again, however late', async () => {
    const first = alert();
    await signed('one', first);
    await clock.advance(5_000);
    await signed('two', { ...first, status: 'resolved', endedAt: clock.now() });
    const before = await stored();
    await clock.advance(4 * minute);
    await signed('one', first);
    expect(await stored()).toEqual(before);
    // Another one that says the same is a new firing.
    await signed('three', first);
    expect(await stored()).toMatchObject({ status: 'firing', times: 2 });
  });

  test('does nothing when it comes again although it changed nothing the first time', async () => {
    const first = alert();
    await signed('one', first);
    await signed('same', first);
    await clock.advance(5_000);
    await signed('two', { ...first, status: 'resolved', endedAt: clock.now() });
    await clock.advance(minute);
    await signed('same', first);
    expect(await stored()).toMatchObject({ status: 'resolved', times: 1 });
  });

  test('is stored whole when its repeat finds a part of it stored', async () => {
    const both = [alert(), alert({ fingerprint: 'g', labels: { of: 'other' } })];
    const whole = { ...delivery(both), mark: 'one' };
    const serviceOf = (labels: Readonly<Record<string, string>>) =>
      labels['of'] === 'other' ? null : 'checkout';
    const failing: AlertParts['alerts'] = {
      ...memory.alerts,
      async save(change) {
        if (change.group.service === null) throw new Fault('storage-unavailable', 'away');
        return memory.alerts.save(change);
      },
    };
    await expect(takeDelivery(parts({ alerts: failing }), whole, idOf, serviceOf)).rejects.toThrow('away');
    await takeDelivery(parts(), whole, idOf, serviceOf);
    expect((await stored()).revision).toBe(1);
    expect((await stored(null)).status).toBe('firing');
  });
});

describe('a delivery to a storage with replicas', () => {
  const on = (copies: Copies): AlertParts['alerts'] => ({
    ...memory.alerts,
    watchCopies: () => async () => copies,
  });
  const take = (copies: Copies, alerts: IncomingAlert[]) =>
    takeDelivery(parts({ alerts: on(copies) }), delivery(alerts), idOf, () => 'checkout');

  test('must come again while none of them has it, and is taken once', async () => {
    const first = alert();
    await expect(take('missing', [first])).rejects.toThrow(Fault);
    await expect(take('missing', [first])).rejects.toThrow('No Redis replica has the alerts yet.');
    await take('made', [first]);
    expect(await stored()).toMatchObject({ status: 'firing', times: 1, revision: 1 });
  });

  test('is taken when none of them is alive', async () => {
    await take('none', [alert()]);
    expect((await stored()).status).toBe('firing');
  });
});

describe('a group whose channel was changed in the configuration', () => {
  test('goes on in its thread while it fires, and opens again in the new channel', async () => {
    await deliver(alert());
    await memory.outbox.saveMessage({
      channel: 'C1',
      ts: '1.1',
      kind: 'card',
      service: alertCards,
      release: idOf('checkout'),
      epoch: 0,
    });
    channel = 'C2';
    await deliver(alert({ fingerprint: 'f2', title: 'Slower' }));
    expect(await said('C1')).toHaveLength(2);
    expect(await said('C2')).toEqual([]);
    await clock.advance(minute);
    await deliver(ended(), ended({ fingerprint: 'f2' }));
    await drawn('C1');
    await clock.advance(minute);
    await deliver(alert());
    expect((await stored()).channel).toBe('C2');
    expect(await said('C2')).toEqual(['Firing again: Slow (warning).']);
    expect(await memory.outbox.card(alertCards, idOf('checkout'))).toBeNull();
    expect((await memory.outbox.pending('C2', 0)).draws).toMatchObject([{ service: alertCards }]);
    expect((await memory.outbox.pending('C1', 0)).draws).toEqual([]);
  });

  test('stays in the old channel once more, when its message does not show yet that it had ended', async () => {
    await deliver(alert());
    await deliver(ended({ endedAt: clock.now() + 1 }));
    channel = 'C2';
    await clock.advance(minute);
    await deliver(alert());
    expect(await stored()).toMatchObject({ channel: 'C1', status: 'firing', times: 2 });
  });
});

describe('a stored group that cannot be read', () => {
  const damage = async (more: object): Promise<void> => {
    const group = { ...(await stored()), ...more } as AlertGroup;
    const plainly = { opens: false, urgent: false, notices: [], draw: false, due: null };
    const saved = await memory.alerts.save({ group, expect: group.revision, ...plainly });
    expect(saved.ok).toBe(true);
    expect((await memory.alerts.load(idOf('checkout'))).group).toBeNull();
  };

  test('of a newer version goes on with what both know, and is logged once', async () => {
    await deliver(alert({ severity: 'critical' }));
    const acknowledged = { actor: { kind: 'cli' as const, name: 'ann' }, at: 1 };
    await damage({ schema: 2, acknowledged });
    await deliver(alert({ fingerprint: 'f2' }));
    expect(await stored()).toMatchObject({ schema: 1, status: 'firing', times: 1, acknowledged });
    expect(Object.keys((await stored()).members).toSorted()).toEqual(['f', 'f2']);
    // It is no new firing: nobody is told again what is critical.
    expect(await said('C1')).toEqual(['🚨 checkout: Slow. @S1', 'Firing: Slow (warning).']);
    await deliver(alert({ fingerprint: 'f3' }));
    expect(errors.map(({ words }) => words)).toEqual([
      'A stored alert group cannot be read; its readable part is kept',
    ]);
    expect(errors[0]?.facts).toMatchObject({ source: 'prom', service: 'checkout', id: idOf('checkout') });
  });

  test('is repaired by a repeat that changes nothing else', async () => {
    await deliver(alert());
    await damage({ schema: 2 });
    await deliver(alert());
    expect(await stored()).toMatchObject({ schema: 1, times: 1 });
    expect(await said('C1')).toHaveLength(1);
  });

  test('resolves by the end of alerts that cannot be read', async () => {
    await deliver(alert(), alert({ fingerprint: 'f2' }));
    await damage({ members: 'gone' });
    await clock.advance(minute);
    await deliver(ended(), ended({ fingerprint: 'f2' }));
    expect((await stored()).status).toBe('resolved');
  });
});

describe('the end of an alert reaches the group in which it fires', () => {
  test('that of a service taken out of the configuration', async () => {
    await memory.store.save(change(record('checkout'), 0));
    await deliver(alert());
    known = false;
    await clock.advance(minute);
    await deliver(ended());
    expect(await stored()).toMatchObject({ status: 'resolved', channel: 'C1' });
    expect(await said('C1')).toContain('Resolved after 1 min.');
    expect(await said('C9')).toEqual([]);
    expect(await memory.alerts.load(idOf(null))).toMatchObject({ placed: null, group: { times: 0 } });
    expect((await memory.outbox.pending('C9', 9)).draws).toEqual([]);
  });

  test('when the service was unknown then and has been added since', async () => {
    known = false;
    await deliver(alert());
    known = true;
    await clock.advance(minute);
    await deliver(ended());
    expect((await stored(null)).status).toBe('resolved');
    expect(await said('C9')).toContain('Resolved after 1 min.');
    expect(await memory.alerts.load(idOf('checkout'))).toMatchObject({ placed: null, group: { times: 0 } });
  });

  test('and ends nothing in the others, with any alerts firing there', async () => {
    known = false;
    await deliver(alert({ fingerprint: 'other' }));
    known = true;
    await deliver(alert());
    await clock.advance(minute);
    await deliver(ended());
    expect((await stored()).status).toBe('resolved');
    expect(await stored(null)).toMatchObject({ status: 'firing', revision: 1 });
  });
});

describe('alerts of services that are not known', () => {
  const placeOf = (service: string | null, name: string | null): string =>
    `${service ?? 'none'}-${name ?? 'none'}`.padEnd(24, '0');
  const send = (...alerts: IncomingAlert[]): Promise<void> =>
    takeDelivery(
      parts(),
      delivery(alerts),
      placeOf,
      () => null,
      (labels) => labels['service'] ?? null,
    );
  const of = (service: string, more: Partial<IncomingAlert> = {}): IncomingAlert =>
    alert({ fingerprint: service, labels: { service }, ...more });
  const at = async (name: string | null) => (await memory.alerts.load(placeOf(null, name))).group;

  test('have a group for each name, which keeps it, and are announced to the operators', async () => {
    await send(of('chekcout', { severity: 'critical', title: 'Down' }), of('mail'), alert());
    expect(await at('chekcout')).toMatchObject({ named: 'chekcout', service: null, status: 'firing' });
    expect(await at('mail')).toMatchObject({ named: 'mail', channel: 'C9' });
    expect((await at(null))?.named).toBeUndefined();
    expect(await said('C9')).toContain('🚨 unknown service chekcout: Down. @S1');
  });

  test('beyond 20 names in a delivery have one group together, and their ends find it', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `s${String(i).padStart(2, '0')}`);
    await send(...names.map((name) => of(name)));
    expect(await at('s19')).toMatchObject({ status: 'firing' });
    expect(await at('s20')).toBeNull();
    expect(Object.keys((await at(null))?.members ?? {})).toEqual(names.slice(20));
    await clock.advance(minute);
    await send(of('s25', { status: 'resolved', endedAt: clock.now() }));
    expect((await at(null))?.members['s25']).toMatchObject({ status: 'resolved' });
    await send(...names.map((name) => of(name, { status: 'resolved', endedAt: clock.now() })));
    for (const name of [null, 's00', 's19']) expect(await at(name)).toMatchObject({ status: 'resolved' });
  });
});

describe('deliveries of one group at once', () => {
  /** Some milliseconds, up to `most`, other ones each time. */
  const varied = (most: number): (() => number) => {
    let turn = 0;
    return () => ((turn += 7) % 11) * (most / 10);
  };
  /** A storage that another delivery overtakes easily. */
  const slow = (delayMs: () => number): AlertParts['alerts'] => ({
    ...memory.alerts,
    async load(id) {
      const loaded = await memory.alerts.load(id);
      await systemClock.sleep(delayMs());
      return loaded;
    },
  });

  test('are all stored, one after the other', async () => {
    const take = makeTake(parts({ alerts: slow(varied(3)) }), systemClock);
    const each = Array.from({ length: 32 }, (_, i) =>
      take(delivery([alert({ fingerprint: `f${i}` })]), idOf, () => 'checkout'),
    );
    await Promise.all(each);
    expect(Object.keys((await stored()).members)).toHaveLength(32);
    expect((await stored()).revision).toBe(32);
  });

  test('of two replicas are all stored too', async () => {
    const replica = () => makeTake(parts({ alerts: slow(varied(2)) }), systemClock);
    const [one, two] = [replica(), replica()];
    const each = Array.from({ length: 24 }, (_, i) =>
      (i % 2 ? one : two)(delivery([alert({ fingerprint: `f${i}` })]), idOf, () => 'checkout'),
    );
    await Promise.all(each);
    expect(Object.keys((await stored()).members)).toHaveLength(24);
  });

  test('beyond 64 are refused at once, and those of other groups are not', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const alerts: AlertParts['alerts'] = {
      ...memory.alerts,
      async load(id) {
        if (id === idOf('checkout')) await gate;
        return memory.alerts.load(id);
      },
    };
    const take = makeTake(parts({ alerts }), systemClock);
    const waiting = Array.from({ length: 64 }, (_, i) =>
      take(delivery([alert({ fingerprint: `f${i}` })]), idOf, () => 'checkout'),
    );
    await expect(take(delivery([alert()]), idOf, () => 'checkout')).rejects.toThrow(Fault);
    await take(delivery([alert()]), idOf, () => null);
    expect((await stored(null)).status).toBe('firing');
    open();
    await Promise.all(waiting);
    await take(delivery([alert({ fingerprint: 'later' })]), idOf, () => 'checkout');
    expect(Object.keys((await stored()).members)).toHaveLength(65);
  });

  test('do not wait for one another while the storage is unavailable', async () => {
    let asked = 0;
    const alerts: AlertParts['alerts'] = {
      ...memory.alerts,
      async load() {
        asked += 1;
        await clock.sleep(1_500);
        throw new Fault('storage-unavailable', 'Redis cannot be reached.');
      },
    };
    const take = makeTake(parts({ alerts }), clock);
    const each = Promise.allSettled(
      Array.from({ length: 20 }, () => take(delivery([alert()]), idOf, () => 'checkout')),
    );
    await clock.advance(4_500);
    expect((await each).map(({ status }) => status)).toEqual(Array(20).fill('rejected'));
    expect(asked).toBeLessThanOrEqual(2);
  });
});
