import { afterEach, expect, it } from 'vitest';
import { Fault } from '../../src/release/fault.ts';
import { age } from '../support/age.ts';
import { until } from '../support/until.ts';
import { openVillage } from '../support/replicas.ts';
import type { Replica, Village } from '../support/replicas.ts';

let village: Village;
afterEach(() => village.close());

async function open(
  services: string[],
  settings: Parameters<typeof openVillage>[0]['settings'],
): Promise<Replica> {
  village = await openVillage({ services, ...(settings && { settings }) });
  const replica = await village.startReplica();
  village.delivers(replica);
  await Promise.all(
    services.map((service) => village.until(service, 'adopted', ({ state }) => state === 'idle')),
  );
  return replica;
}

async function staged(service: string): Promise<void> {
  await village.orders(service, `stage ${service} v2`);
  await village.until(service, 'staged', ({ state }) => state === 'staged');
}

async function reverted(service: string): Promise<void> {
  await village.orders(service, `revert ${service}`);
  await village.until(service, 'reverted', ({ state, live }) => state === 'idle' && live === 'blue');
}

it('the bot undoes the late write of a process that stood still in the middle of a switch', async () => {
  const survivor = await open(['s1', 's2'], () => ({ revert: { lockAfterRevert: false } }));
  await staged('s1');
  await staged('s2');
  const victim = await village.startProcess({
    points: [{ service: 's2', label: 'promote:switch', when: 'after' }],
    act: 'SIGSTOP',
  });
  village.delivers(victim);
  let deliver = (): void => undefined;
  const when = new Promise<void>((resolve) => {
    deliver = resolve;
  });
  // One write is on its way when the process stops, the other is not sent yet.
  village.proxy.fault(/ s1 s1_green$/, { kind: 'deliver-when', when });
  await village.orders('s1', 'promote s1');
  await until('the write is on its way', () => village.writes('s1').length === 1);
  void village.types('s2', 'promote s2').catch(() => undefined);
  await until('it stands still', () => victim.tripped('s2'));
  village.delivers(survivor);
  await village.until('s1', 'baking', ({ state }) => state === 'baking');
  await village.until('s2', 'baking', ({ state }) => state === 'baking');
  expect(village.writes('s2')).toHaveLength(1);
  await reverted('s1');
  await reverted('s2');

  victim.signal('SIGCONT');
  deliver();
  await until('the late write arrives', async () => (await village.heading('s1')) === 'green');
  await until('it is put back', async () => (await village.heading('s1')) === 'blue', 5_000);
  await until('it is reported', () => village.transcript('s1').includes('A late write pointed the router'));
  village.delivers(victim);
  await until('the process works again', async () => {
    const { text } = await village.types('s2', 'stage s2 v2');
    return text.startsWith('stage: ') || text.includes('operation-in-progress');
  });
  await village.until('s2', 'staged by it', ({ state }) => state === 'staged');
  expect(village.writes('s2').map(({ text }) => text.split(' ').at(-1))).toEqual(['s2_green', 's2_blue']);
  for (const service of ['s1', 's2']) expect(await village.heading(service)).toBe('blue');
});

it('a process that stood still for ten minutes before the switch drops its own operation', async () => {
  const other = await open(['s1', 's2'], (service, desk) =>
    desk.hooks(service, service === 's1' ? 'after-stage' : 'before-switch'),
  );
  await staged('s2');
  const victim = await village.startProcess();
  village.delivers(victim);
  for (const call of ['s1/after-stage', 's2/before-switch']) village.desk.hold(call);
  await village.orders('s1', 'stage s1 v2');
  await village.types('s2', 'promote s2');
  await until('both wait for their hooks', () => village.desk.calls.length === 2);
  await other.stop();
  victim.signal('SIGSTOP');
  for (const service of ['s1', 's2']) await age(village, service, 600_000);
  for (const call of ['s1/after-stage', 's2/before-switch']) village.desk.answer(call);
  victim.signal('SIGCONT');
  const s1 = await village.until('s1', 'dropped', ({ op }) => op === null);
  const s2 = await village.until('s2', 'dropped', ({ op }) => op === null);
  expect(s1).toMatchObject({ state: 'idle', releases: [{ code: 'interrupted' }] });
  expect(s2).toMatchObject({ state: 'staged', releases: [{ code: 'interrupted' }] });
  expect(village.writes('s2')).toEqual([]);
  await until('it is said', () => village.transcript('s2').includes('was cut off at step'));
});

it('the bot hands over what is under way on SIGTERM, and exits with 0 within 10 s', async () => {
  const survivor = await open(['s1', 's2', 's3'], (service, desk) =>
    service === 's3' ? {} : desk.hooks(service, service === 's1' ? 'after-stage' : 'before-switch'),
  );
  await staged('s2');
  await staged('s3');
  const main = await village.startMain();
  village.delivers(main);
  for (const call of ['s1/after-stage', 's2/before-switch']) village.desk.hold(call);
  await village.orders('s1', 'stage s1 v2');
  await village.types('s2', 'promote s2');
  await village.types('s3', 'promote s3');
  await until('both wait for their hooks', () => village.desk.calls.length === 2);
  const askedAt = performance.now();
  main.signal('SIGTERM');
  await until('it ends', () => !main.alive(), 10_000);
  expect(performance.now() - askedAt).toBeLessThan(10_000);
  expect(main.exitCode()).toBe(0);
  village.delivers(survivor);
  for (const call of ['s1/after-stage', 's2/before-switch']) village.desk.answer(call);
  await village.until('s1', 'staged', ({ state }) => state === 'staged');
  await village.until('s2', 'baking', ({ state }) => state === 'baking');
  await village.until('s3', 'baking', ({ state }) => state === 'baking');
  for (const service of ['s2', 's3']) {
    expect(await village.heading(service)).toBe('green');
    expect(village.writes(service)).toHaveLength(1);
  }
});

it('the bot refuses commands within 3 s while Redis stands still, never runs them later, and says so', async () => {
  await open(['s1', 's2'], undefined);
  await staged('s2');
  village.redis.pause();
  const answers = await Promise.all([
    village.types('s1', 'stage s1 v2'),
    village.types('s2', 'promote s2'),
    village.types('s2', 'revert s2'),
  ]);
  for (const answer of answers) {
    expect(answer.text).toContain('storage-unavailable');
    expect(answer.afterMs).toBeLessThan(3_000);
  }
  village.redis.resume();
  await staged('s1');
  const history = [...(await village.history('s1')), ...(await village.history('s2'))];
  expect(history.filter(({ what }) => what === 'stage')).toHaveLength(2);
  expect(history.filter(({ what }) => what === 'promote' || what === 'revert')).toEqual([]);
  expect(village.writes('s2')).toEqual([]);
});

it.each([
  ['stored', 'was stored after all', 'staged'],
  ['not stored', 'was not stored', 'idle'],
] as const)('tells the sender later that an unconfirmed command was %s', async (what, words, state) => {
  const first = await open(['s1'], undefined);
  let lost = false;
  const replica = await village.startReplica({
    wrap: (storage) => ({
      ...storage,
      store: {
        ...storage.store,
        async save(change) {
          if (lost || change.record.op?.kind !== 'stage') return storage.store.save(change);
          lost = true;
          if (what === 'stored') await storage.store.save(change);
          throw new Fault('storage-unavailable', 'Redis did not answer in time.', { unclear: true });
        },
      },
    }),
  });
  await first.stop();
  village.delivers(replica);
  const { text } = await village.types('s1', 'stage s1 v2');
  expect(text).toContain('storage-unavailable');
  expect(text).toContain('not confirmed');
  await until('the sender is told', () => village.transcript('s1').includes(words));
  await village.until('s1', state, (record) => record.state === state && record.op === null);
});
