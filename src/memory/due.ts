import { passing } from './state.ts';
import type { MemoryState } from './state.ts';

/**
 * Returns when the stored state makes a name due, apart from holds and `againInMs`; null: never. A service: the end
 * of its lease while that is held; now while an operation is under way without one; else what its newest save said.
 */
export function naturalDue(state: MemoryState, name: string, now: number): number | null {
  const at = name.indexOf(':');
  const of = name.slice(at + 1);
  switch (name.slice(0, at)) {
    case 'service': {
      const kept = state.kept.get(of);
      if (kept === undefined) return null;
      if (kept.token !== null && kept.until > now) return kept.until;
      if (kept.op !== '') return now;
      const dues = [kept.dueService, kept.dueQueue].filter((due) => due !== null);
      return dues.length === 0 ? null : Math.min(...dues);
    }
    case 'bake':
      return state.kept.get(of)?.dueBake ?? null;
    case 'alert':
      return state.alerts.get(of)?.due ?? null;
    case 'compare':
      return Number(passing(state, `compare:${of}`, now) ?? 0) > now ? now : null;
    case 'channel':
      return (state.out.get(of)?.size ?? 0) + (state.draw.get(of)?.size ?? 0) > 0 ? now : null;
    default:
      return null;
  }
}

/**
 * Sets a name's due time again after a save, unless the name is held: then `done` does it. For a channel, `againInMs`
 * was a pause and is kept. For other names it was one more look, and is kept when it is sooner.
 */
export function refreshDue(state: MemoryState, name: string, now: number): void {
  const held = state.held.get(name);
  if (held !== undefined && held.until > now) return;
  const natural = naturalDue(state, name, now);
  const again = state.again.get(name);
  if (natural === null) {
    state.again.delete(name);
    state.due.delete(name);
  } else if (again === undefined) {
    state.due.set(name, natural);
  } else {
    state.due.set(name, name.startsWith('channel:') ? Math.max(natural, again) : Math.min(natural, again));
  }
}
