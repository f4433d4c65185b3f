import type { Agenda } from '../release/store.ts';
import type { Link } from './link.ts';
import { doneScript, ensureScript, extendScript, takeScript } from './scripts/agenda.ts';
import { runInTime } from './store.ts';

/** Due times on Redis. */
export function redisAgenda(link: Link): Agenda {
  return {
    async take(token, limit, leaseMs) {
      const [leased, ...names] = (await runInTime(link, takeScript, { token, limit, forMs: leaseMs })).rest;
      return { names: names.map(String), leased: leased === 1 };
    },
    async extend(name, token, leaseMs) {
      return (await runInTime(link, extendScript, { name, token, forMs: leaseMs })).word === 'ok';
    },
    async done(name, token, againInMs) {
      await runInTime(link, doneScript, { name, token, againInMs });
    },
    async ensure(name, inMs) {
      await runInTime(link, ensureScript, { name, inMs });
    },
  };
}
