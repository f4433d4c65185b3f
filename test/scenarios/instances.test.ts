import { afterAll, describe, expect, it } from 'vitest';
import { startFlakyProxy } from '../support/flaky-proxy.ts';
import type { FlakyProxy } from '../support/flaky-proxy.ts';
import { startHaproxy } from '../support/haproxy.ts';
import type { Haproxy } from '../support/service.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

/** A town with two HAProxies before each service, each behind a wire that can be cut. */
function twoRouters(names: string[]) {
  const parts: { second?: Haproxy; wires: FlakyProxy[] } = { wires: [] };
  afterAll(async () => {
    for (const each of [...parts.wires, parts.second]) await each?.stop();
  });
  const shared = sharedTown(async () => {
    const behind = [...names, 'checkout'].map((name) => [name, { blue: 1, green: 2 }] as const);
    const second = await startHaproxy(Object.fromEntries(behind));
    parts.second = second;
    return {
      services: Object.fromEntries(names.map((name) => [name, {}])),
      address: async (haproxy) => {
        parts.wires = [await startFlakyProxy(haproxy.tcp), await startFlakyProxy(second.tcp)];
        parts.wires[1]?.rewrite((text) => text.replaceAll(haproxy.map, second.map));
        return parts.wires.map((wire) => wire.address);
      },
    };
  });
  const existing = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('the town is not open yet');
    return part;
  };
  const second = (): Haproxy => existing(parts.second);
  return {
    ...shared,
    second,
    first: () => existing(parts.wires[0]),
    wire: () => existing(parts.wires[1]),
    secondSays: async (service: string): Promise<string> => {
      const map = await second().command(`show map ${second().map}`);
      return new RegExp(` ${service} ${service}_(blue|green)`).exec(map)?.[1] ?? 'nothing';
    },
  };
}

describe('a promote with two HAProxies', { concurrent: true }, () => {
  const { at, wire, secondSays } = twoRouters(['promoted']);

  it('a promote that not all of them take is taken back', async () => {
    const promoted = at('promoted');
    await promoted.staged('v2');
    await wire().refuse();
    await promoted.does('ann', 'promote');
    const record = await promoted.until(
      'taken back',
      ({ releases }) => releases[0]?.code === 'verify-failed',
    );
    expect(record).toMatchObject({ state: 'staged', live: 'blue', epoch: 1 });
    expect(await promoted.live()).toBe('blue');
    await wire().accept();
    await promoted.does('ann', 'promote');
    await promoted.until('baking', (each) => each.state === 'baking');
    expect([await promoted.live(), await secondSays('promoted')]).toEqual(['green', 'green']);
  });
});

describe('one of two HAProxies', { concurrent: true }, () => {
  const { town, at, first, wire, second, secondSays } = twoRouters(['reverted', 'mixed', 'away']);

  it.sequential('a revert switches those that answer, and the rest when it is back', async () => {
    const reverted = at('reverted');
    await reverted.baking('v2');
    await wire().refuse();
    const record = await reverted.reverted();
    expect(record).toMatchObject({ live: 'blue', follow: { instances: [wire().address] } });
    expect([await reverted.live(), await secondSays('reverted')]).toEqual(['blue', 'green']);
    await reverted.notice('Not switched yet');
    expect((await reverted.does('ann', 'status')).shown).toContain(wire().address.replace('tcp://', ''));
    await wire().accept();
    await until('it follows', async () => (await secondSays('reverted')) === 'blue');
    await reverted.notice('answers again and points to blue now');
    expect((await reverted.record()).follow).toBeNull();
  });

  it.sequential('a mixed router stops a stage and asks: adopt is refused, retry makes them agree', async () => {
    const mixed = at('mixed');
    await second().command(`set map ${second().map} mixed mixed_green`);
    await mixed.does('ann', 'stage', 'v2');
    const notice = await mixed.notice('mixed: the router says mixed');
    expect(mixed.look(notice).buttons.map((button) => button.actionId)).toEqual([
      'release.retry',
      'release.adopt',
    ]);
    expect((await mixed.notice('staging mixed #1')).text).toContain('router-mixed');
    expect(await mixed.record()).toMatchObject({ state: 'idle', releases: [{ code: 'router-mixed' }] });
    expect((await mixed.does('cleo', 'adopt')).text).toMatch(/^router-mixed: /);
    expect((await mixed.does('ann', 'retry')).text).toMatch(/^retry: /);
    await mixed.until('put back', (record) => record.state === 'idle' && record.drift === null);
    expect([await mixed.live(), await secondSays('mixed')]).toEqual(['blue', 'blue']);
  });

  it.sequential('nothing moves while none of them answers: router-unreachable, for a revert as well', async () => {
    const away = at('away');
    await away.released('v2');
    await Promise.all([first().refuse(), wire().refuse()]);
    await away.does('ann', 'stage', 'v3');
    await away.notice('router-unreachable');
    await away.until('idle', (record) => record.state === 'idle');
    expect((await away.does('ann', 'revert')).text).toMatch(/^revert: /);
    await away.hears('ann', 'router-unreachable: away is not reverted');
    expect(await away.record()).toMatchObject({ state: 'idle', live: 'green', epoch: 2 });
    await Promise.all([first().accept(), wire().accept()]);
    await away.reverted();
    expect([await away.live(), await secondSays('away')]).toEqual(['blue', 'blue']);
    expect(town().slack.violations).toEqual([]);
  });
});
