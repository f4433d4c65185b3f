import { limits } from '../release/limits.ts';
import type { Agenda } from '../release/store.ts';
import { naturalDue, refreshDue } from './due.ts';
import type { MemoryState } from './state.ts';

/** The clock was set back by `aheadMs`: what was to end within seconds still does, as in the Redis script. */
function setBack(state: MemoryState, now: number, aheadMs: number): void {
  const longest = now + limits.longestLeaseMs;
  const dueNow = (at: number | null): number | null =>
    at !== null && at > now && at <= now + aheadMs + 2_000 ? now : at;
  for (const kept of state.kept.values()) {
    kept.dueService = dueNow(kept.dueService);
    kept.dueBake = dueNow(kept.dueBake);
    kept.dueQueue = dueNow(kept.dueQueue);
    if (kept.token === null || kept.until <= longest) continue;
    kept.until = longest;
    kept.renewedAt = now;
  }
  for (const alert of state.alerts.values()) alert.due = dueNow(alert.due);
  for (const held of state.held.values()) held.until -= aheadMs;
  for (const [name, at] of state.again) state.again.set(name, at - aheadMs);
  for (const [name, at] of state.due) {
    const held = (state.held.get(name)?.until ?? 0) > now;
    if (at > now && !held && naturalDue(state, name, now) !== null) refreshDue(state, name, now);
    else if (at > now) state.due.set(name, at - aheadMs);
  }
}

/** Returns the agenda (due times and due leases) in memory. */
export function memoryAgenda(state: MemoryState): Agenda {
  const mine = (name: string, token: string, now: number): boolean => {
    const held = state.held.get(name);
    return held !== undefined && held.token === token && held.until > now;
  };
  return {
    async take(token, limit, leaseMs, except = []) {
      const now = state.clock.now();
      const { seen } = state;
      if (now < seen || now >= seen + 1_000) state.seen = now;
      if (now < seen) setBack(state, now, seen - now);
      const names = [...state.due]
        .filter(([name, at]) => at <= now && !except.includes(name))
        .sort(([, a], [, b]) => a - b)
        .slice(0, limit)
        .map(([name]) => name);
      for (const name of names) {
        state.held.set(name, { token, until: now + leaseMs });
        state.due.set(name, now + leaseMs);
        state.again.delete(name);
      }
      const ends = [...state.kept.values()].flatMap((kept) =>
        kept.token !== null && kept.until > now ? [kept.until - now] : [],
      );
      return { names, leasedForMs: ends.length > 0 ? Math.min(...ends) : null };
    },

    async extend(name, token, leaseMs) {
      const now = state.clock.now();
      if (!mine(name, token, now)) return false;
      state.held.set(name, { token, until: now + leaseMs });
      state.due.set(name, now + leaseMs);
      return true;
    },

    async done(name, token, againInMs) {
      const now = state.clock.now();
      if (!mine(name, token, now)) return;
      state.held.delete(name);
      const natural = naturalDue(state, name, now);
      if (againInMs === undefined) {
        if (natural === null) state.due.delete(name);
        else state.due.set(name, natural);
        return;
      }
      const again = now + againInMs;
      if (natural !== null && natural <= again && !name.startsWith('channel:')) {
        state.due.set(name, natural);
        return;
      }
      state.again.set(name, again);
      state.due.set(name, again);
    },

    async ensure(name, inMs) {
      if (!state.due.has(name)) state.due.set(name, state.clock.now() + inMs);
    },

    async repair(services) {
      const names = [
        ...services.flatMap((service) => [`service:${service}`, `bake:${service}`]),
        ...[...state.alerts.keys()].map((id) => `alert:${id}`),
        ...[...state.out.keys(), ...state.draw.keys()].map((channel) => `channel:${channel}`),
      ];
      for (const name of names) if (!state.due.has(name)) refreshDue(state, name, state.clock.now());
    },
  };
}
