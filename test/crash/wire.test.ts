import { afterAll, beforeAll, describe, it } from 'vitest';
import type { ExpectStatic } from 'vitest';
import type { Fault } from '../support/flaky-proxy.ts';
import { until } from '../support/until.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';

const services = Array.from({ length: 10 }, (_, i) => `s${i + 1}`);
let village: Village;

beforeAll(async () => {
  village = await openVillage({
    services,
    settings: () => ({ revert: { lockAfterRevert: false } }),
  });
  village.delivers(await village.startReplica(), await village.startReplica());
  await Promise.all(
    services.map((service) => village.until(service, 'adopted', ({ state }) => state === 'idle')),
  );
});
afterAll(() => village.close());

async function staged(service: string): Promise<void> {
  await village.orders(service, `stage ${service} v2`);
  await village.until(service, 'staged', ({ state }) => state === 'staged');
}

async function baking(service: string): Promise<void> {
  await village.orders(service, `promote ${service}`);
  await village.until(service, 'baking', ({ state }) => state === 'baking');
}

const to = (service: string, color: 'blue' | 'green'): RegExp =>
  new RegExp(`^set map \\S+ ${service} ${service}_${color}$`);

/** What happens to the first write, and how many writes the read-back then justifies. */
const faults: [string, Fault, number][] = [
  ['whose answer is lost', { kind: 'drop-answer' }, 1],
  ['whose answer comes after its deadline', { kind: 'delay-answer', ms: 1_500 }, 1],
  ['that is delivered late', { kind: 'delay-delivery', ms: 700 }, 1],
  ['that never arrives', { kind: 'hold' }, 2],
];

describe.concurrent('a write', () => {
  it.for(faults.map((each, i) => [...each, services[i] ?? ''] as const))(
    '%s neither doubles nor loses a promote',
    async ([, fault, writes, service], { expect }) => {
      await staged(service);
      village.proxy.fault(to(service, 'green'), fault);
      await baking(service);
      expect(await village.heading(service)).toBe('green');
      expect(village.writes(service)).toHaveLength(writes);
    },
  );

  it.for(faults.map((each, i) => [...each, services[i + 4] ?? ''] as const))(
    '%s neither doubles nor loses a revert',
    async ([, fault, writes, service], { expect }) => {
      await staged(service);
      await baking(service);
      village.proxy.fault(to(service, 'blue'), fault);
      await village.orders(service, `revert ${service}`);
      await village.until(
        service,
        'reverted',
        ({ state, live }) => state === 'idle' && live === 'blue',
        20_000,
      );
      expect(await village.heading(service)).toBe('blue');
      expect(village.writes(service)).toHaveLength(1 + writes);
    },
  );

  it('of a promote that arrives after the undo is put back once and reported', async ({ expect }) => {
    const service = services[8] ?? '';
    await staged(service);
    let deliver = (): void => undefined;
    const when = new Promise<void>((resolve) => {
      deliver = resolve;
    });
    village.proxy.fault(to(service, 'green'), { kind: 'deliver-when', when });
    village.proxy.fault(to(service, 'green'), { kind: 'hold' }, 100);
    await village.orders(service, `promote ${service}`);
    const record = await village.until(
      service,
      'undone',
      ({ releases }) => releases[0]?.code === 'verify-failed',
      20_000,
    );
    expect(record).toMatchObject({ state: 'staged', live: 'blue', epoch: 1, op: null });
    expect(await village.heading(service)).toBe('blue');
    deliver();
    await until('it arrives', async () => (await village.heading(service)) === 'green');
    await putBack(village, service, 'blue', expect);
    expect(await village.record(service)).toMatchObject({ state: 'staged', live: 'blue', drift: null });
  });

  it('of a promote that arrives after the revert is put back once and reported', async ({ expect }) => {
    const service = services[9] ?? '';
    await staged(service);
    let deliver = (): void => undefined;
    const when = new Promise<void>((resolve) => {
      deliver = resolve;
    });
    village.proxy.fault(to(service, 'green'), { kind: 'deliver-when', when });
    await baking(service);
    await village.orders(service, `revert ${service}`);
    await village.until(service, 'reverted', ({ state, live }) => state === 'idle' && live === 'blue');
    deliver();
    await until('it arrives', async () => (await village.heading(service)) === 'green');
    await putBack(village, service, 'blue', expect);
    expect(await village.record(service)).toMatchObject({ state: 'idle', live: 'blue', drift: null });
  });
});

async function putBack(
  of: Village,
  service: string,
  color: 'blue' | 'green',
  expect: ExpectStatic,
): Promise<void> {
  const lateAt = performance.now();
  await until('it is put back', async () => (await of.heading(service)) === color);
  expect(performance.now() - lateAt).toBeLessThan(5_000);
  await until('it is reported', () => of.transcript(service).includes('A late write pointed the router'));
  const reports = (await of.history(service)).filter(({ what }) => what === 'put-back');
  expect(reports.map(({ words }) => words)).toEqual([expect.stringContaining(`put back to ${color}`)]);
}
