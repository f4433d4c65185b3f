import { limits } from '../release/limits.ts';
import type { Agenda } from '../release/store.ts';
import type { RedisClient } from './client.ts';
import { doneScript, ensureScript, extendScript, repairScript, takeScript } from './scripts/agenda.ts';
import { runInTime } from './run-in-time.ts';
import { chunk } from './batch-loads.ts';
import { inOneTurn } from './in-one-turn.ts';

/** Returns the agenda (due times and due leases) that Redis keeps. */
export function redisAgenda(link: RedisClient): Agenda {
  const extend = inOneTurn(async (leases: readonly { name: string; token: string; forMs: number }[]) => {
    const { rest } = await runInTime(link, extendScript, { leases });
    return rest.map((held) => held === 1);
  }, chunk);
  return {
    async take(token, limit, leaseMs, except = []) {
      const args = { token, limit, forMs: leaseMs, leaseMs: limits.longestLeaseMs, except };
      const [leasedForMs, ...names] = (await runInTime(link, takeScript, args)).rest;
      return { names: names.map(String), leasedForMs: typeof leasedForMs === 'number' ? leasedForMs : null };
    },
    extend: (name, token, leaseMs) => extend({ name, token, forMs: leaseMs }),
    async done(name, token, againInMs) {
      await runInTime(link, doneScript, { name, token, againInMs });
    },
    async ensure(name, inMs) {
      await runInTime(link, ensureScript, { name, inMs });
    },
    async repair(services) {
      for (let from = 0; from < services.length; from += chunk)
        await runInTime(link, repairScript, { services: services.slice(from, from + chunk) });
    },
  };
}
