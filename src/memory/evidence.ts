import { compareDue, evidenceMs } from '../release/evidence/port.ts';
import type { EvidenceStore } from '../release/evidence/port.ts';
import { keepPassing, passing } from './state.ts';
import type { MemoryState } from './state.ts';

/** Returns the store of evidence in memory. */
export function memoryEvidence(state: MemoryState): EvidenceStore {
  const wantedUntil = (service: string, now: number): number =>
    Number(passing(state, `compare:${service}`, now) ?? 0);
  return {
    async load(service) {
      const now = state.clock.now();
      const json = passing(state, `evidence:${service}`, now) ?? null;
      return { now, json, wantedUntil: wantedUntil(service, now) };
    },
    async keep(service, json) {
      keepPassing(state, `evidence:${service}`, json, state.clock.now(), evidenceMs);
    },
    async want(service, forMs) {
      const now = state.clock.now();
      if (wantedUntil(service, now) < now + forMs)
        keepPassing(state, `compare:${service}`, String(now + forMs), now, forMs);
      const name = `${compareDue}${service}`;
      if (!state.due.has(name)) state.due.set(name, now);
    },
  };
}
