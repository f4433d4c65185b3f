import { expect } from 'vitest';
import { startHookServer } from '../support/hook-server.ts';
import type { HookServer } from '../support/hook-server.ts';
import type { Point } from '../support/kill-points.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';
import { until } from '../support/until.ts';

/** When the bot is killed: at a save; while a call is not answered; or while the router's answer to a write is held. */
export interface StopKill {
  verb: 'promote' | 'revert';
  at: { label: string; when: Point['when'] } | 'on' | 'off' | 'write';
}

const verbs = ['promote', 'revert'] as const;

/** Every moment of a switch in which hooks stop writes. */
export const everyStopKill: readonly StopKill[] = verbs.flatMap((verb) => {
  const end = verb === 'promote' ? 'promote>baking' : 'revert>idle';
  return [
    { verb, at: { label: `${verb}:switch`, when: 'before' as const } },
    { verb, at: { label: `${verb}:switch`, when: 'after' as const } },
    { verb, at: 'on' as const },
    { verb, at: 'write' as const },
    { verb, at: 'off' as const },
    { verb, at: { label: end, when: 'before' as const } },
    { verb, at: { label: end, when: 'after' as const } },
  ];
});

/** The settings of a service whose writes this server stops. */
export function stopped({ url }: HookServer): Record<string, unknown> {
  return {
    revert: { lockAfterRevert: false },
    cutover: { writes: { mode: 'hook', on: `${url}/on`, off: { url: `${url}/off` }, max: '2s' } },
  };
}

const over = {
  promote: ['baking', 'green'],
  revert: ['idle', 'blue'],
} as const;

/** Kills a bot at each of these; another one ends the switch, and lets writes go on. */
export async function killedInStop(kills: readonly StopKill[]): Promise<void> {
  for (const { verb, at } of kills) {
    const server = await startHookServer();
    const village = await openVillage({ services: ['s1'], settings: () => stopped(server) });
    try {
      const points = typeof at === 'string' ? [] : [{ service: 's1', ...at }];
      const first = await village.startProcess({ points });
      village.delivers(first);
      await village.until('s1', 'adopted', ({ state }) => state === 'idle');
      await village.orders('s1', 'stage s1 v2');
      await village.until('s1', 'staged', ({ state }) => state === 'staged');
      if (verb === 'revert') {
        await village.orders('s1', 'promote s1');
        await village.until('s1', 'baking', ({ state }) => state === 'baking');
      }
      const before = server.calls.length;
      const written = village.proxy.writes().length;
      if (at === 'write') village.proxy.fault(/^set map/, { kind: 'hold' });
      else if (typeof at === 'string') server.hold(`/${at}`);
      village.types('s1', `${verb} s1`).catch(() => undefined);
      const reached = {
        on: () => server.calls.length > before,
        off: () => server.calls.slice(before).some(({ path }) => path === '/off'),
        write: () => village.proxy.writes().length > written,
      };
      await until('the moment of the kill', () =>
        typeof at === 'string' ? reached[at]() : first.tripped('s1'),
      );
      const stored = await village.record('s1');
      // Whatever comes: that writes must go on is in the record, unless nobody has stopped them yet or they do.
      if (server.calls.slice(before).at(-1)?.path === '/on') expect(stored.writesOff).toBeDefined();
      await first.stop('SIGKILL');
      server.release();
      village.delivers(await village.startProcess());
      const [state, live] = over[verb];
      await village.until('s1', 'the switch ended', (record) => record.state === state, 30_000);
      const ended = await village.until('s1', 'writes go on', (record) => !record.writesOff, 30_000);
      expect(ended).toMatchObject({ state, live });
      expect(await village.heading('s1')).toBe(live);
      goesOn(server);
    } finally {
      await village.close();
      await server.stop();
    }
  }
}

/** Every `on` that was called was followed by an `off`. */
export function goesOn({ calls }: HookServer): void {
  expect(calls.map(({ path }) => path)).toContain('/on');
  expect(calls.at(-1)?.path).toBe('/off');
  for (const { path, key, body } of calls) {
    expect(key).toMatch(new RegExp(`^[0-9a-f-]{36}/writes\\.${path.slice(1)}$`));
    expect(body).toMatchObject({ service: 's1', step: `writes.${path.slice(1)}` });
  }
}

/** Waits until a call of `off` was answered, and nothing is owed. */
export async function untilOver(village: Village, server: HookServer): Promise<void> {
  await village.until('s1', 'writes go on', ({ writesOff }) => writesOff === undefined, 30_000);
  goesOn(server);
}
