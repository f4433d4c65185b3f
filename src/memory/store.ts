import { reportCountsMs } from '../release/configurations.ts';
import { Fault } from '../release/fault.ts';
import { limits } from '../release/limits.ts';
import { recordCache } from '../release/record-cache.ts';
import { boundOf, sameness } from '../release/refusal-entry.ts';
import type { EntryBound } from '../release/refusal-entry.ts';
import type {
  RouterView,
  Configuration,
  HistoryEntry,
  Loaded,
  Store,
  PendingRevert,
} from '../release/store.ts';
import { refreshDue } from './due.ts';
import { memoryQueue, queueOf } from './queue.ts';
import { saveChange } from './save.ts';
import {
  appendHistory,
  instantAt,
  keepPassing,
  entryOf,
  knownOutcome,
  passing,
  resolved,
  setMarks,
} from './state.ts';
import type { MemoryState } from './state.ts';

/** Returns the store of records in memory. */
export function memoryStore(state: MemoryState): Store {
  const read = recordCache();
  const context = (service: string, now: number): Omit<Loaded, 'record'> => {
    const kept = entryOf(state, service);
    const asked = state.asked.get(service);
    return {
      now,
      lease: kept.token !== null && kept.until > now ? { token: kept.token, until: kept.until } : null,
      renewedAt: kept.renewedAt,
      pendingRevert: kept.pendingRevert === null ? null : (JSON.parse(kept.pendingRevert) as PendingRevert),
      asked: asked === undefined ? null : (JSON.parse(asked) as RouterView),
      hasHistory: kept.sequence > 0,
      ...queueOf(kept, now),
      rate: 0,
    };
  };
  const loadOne = (service: string, now: number): Loaded => {
    const json = entryOf(state, service).record;
    return { record: json === null ? null : read(service, json), ...context(service, now) };
  };

  return {
    async load(service, ask = {}) {
      const now = state.clock.now();
      const loaded = loadOne(service, now);
      const repeat = knownOutcome(state, ask.marks ?? [], now);
      if (repeat !== undefined) return { ...loaded, repeat };
      if (ask.rate === undefined) return loaded;
      const key = `rate:${ask.rate}:${Math.floor(now / 60_000)}`;
      const rate = Number(passing(state, key, now) ?? 0) + 1;
      keepPassing(state, key, String(rate), now, 120_000);
      return { ...loaded, rate };
    },

    async loadMany(services) {
      const now = state.clock.now();
      return services.map((service) => {
        try {
          return loadOne(service, now);
        } catch (fault) {
          if (!(fault instanceof Fault)) throw fault;
          return { record: null, bad: fault.message, ...context(service, now) };
        }
      });
    },

    async services() {
      return [...state.kept].filter(([, kept]) => kept.record !== null).map(([service]) => service);
    },

    async save(change) {
      return saveChange(state, change);
    },

    async savePendingRevert(service, operation, pendingRevert, history, mark) {
      const now = state.clock.now();
      const outcome = knownOutcome(state, mark?.keys ?? [], now);
      if (outcome !== undefined) return { ok: false, why: 'repeat', outcome };
      const kept = entryOf(state, service);
      if (kept.op === '' || kept.op !== operation) return { ok: false, why: 'gone' };
      const first =
        kept.pendingRevert === null ? undefined : (JSON.parse(kept.pendingRevert) as PendingRevert);
      if (first === undefined || (first.force === undefined && pendingRevert.force !== undefined)) {
        kept.pendingRevert = resolved(pendingRevert, now);
        kept.pendingRevertOp = operation;
      }
      appendHistory(kept, history, now);
      setMarks(state, mark, now);
      return { ok: true, joined: first !== undefined, replicated: true };
    },

    async acquire(service, token) {
      const now = state.clock.now();
      const kept = entryOf(state, service);
      const own = kept.token === token;
      const running = kept.token !== null && kept.until > now;
      const loaded = loadOne(service, now);
      if (running && !own) return { held: false, ...loaded };
      kept.token = token;
      kept.until = now + limits.leaseMs;
      if (running) kept.renewedAt = now;
      refreshDue(state, `service:${service}`, now);
      return { held: true, ...loaded, lease: { token, until: kept.until } };
    },

    async seize(service, token) {
      const now = state.clock.now();
      const kept = entryOf(state, service);
      if (kept.token !== null && kept.until > now && kept.token !== token) return false;
      kept.token = token;
      kept.until = now + limits.longestLeaseMs;
      refreshDue(state, `service:${service}`, now);
      return true;
    },

    async renew(service, token, forMs = limits.leaseMs) {
      const now = state.clock.now();
      const kept = entryOf(state, service);
      const held = kept.token === token && kept.until > now;
      if (held) {
        kept.until = now + forMs;
        kept.renewedAt = now;
        refreshDue(state, `service:${service}`, now);
      }
      return {
        held,
        revision: kept.revision,
        pendingRevert: kept.pendingRevert === null ? null : (JSON.parse(kept.pendingRevert) as PendingRevert),
      };
    },

    async release(service, token) {
      const kept = entryOf(state, service);
      if (kept.token !== token) return;
      kept.token = null;
      kept.until = 0;
      refreshDue(state, `service:${service}`, state.clock.now());
    },

    ...memoryQueue(state),

    async history(service, count) {
      const kept = entryOf(state, service);
      const entries: HistoryEntry[] = [];
      for (let number = kept.sequence; number > 0 && entries.length < count; number -= 1) {
        const entry = kept.history.get(number);
        if (entry === undefined) break;
        entries.push({ ...(JSON.parse(entry.json) as HistoryEntry), times: entry.times });
      }
      return entries;
    },

    async note(service, entry, mark) {
      const now = state.clock.now();
      const outcome = knownOutcome(state, mark?.keys ?? [], now);
      if (outcome !== undefined) return outcome;
      const kept = entryOf(state, service);
      const counts = (key: string): boolean => {
        const counted = kept.history.get(Number(passing(state, key, now) ?? 0));
        if (counted !== undefined) counted.times += 1;
        return counted !== undefined;
      };
      const write = (key: string, what: typeof entry, ms: number): void =>
        keepPassing(state, key, String(appendHistory(kept, what, now)), now, ms);
      const bound = boundOf(entry);
      const key = `refusal:${service}:${sameness(entry)}`;
      if (kept.record === null && kept.sequence === 0) {
        // A history without a record means that the record was lost.
      } else if (counts(key)) {
        // Counted in the entry that exists.
      } else if (bound === undefined || roomFor(state, service, bound, now)) {
        write(key, entry, limits.refusalMs);
      } else {
        const more = `refusal:${service}:${bound.name}`;
        if (!counts(more)) write(more, bound.more, bound.ms);
      }
      setMarks(state, mark, now);
      return null;
    },

    async noteAccepted(...given) {
      return { known: await this.note(...given), replicated: true };
    },

    async recall(marks, otherwise) {
      const now = state.clock.now();
      const outcome = knownOutcome(state, marks, now);
      if (otherwise === undefined || (outcome !== undefined && outcome.open !== true)) return outcome ?? null;
      setMarks(state, { keys: [...marks], outcome: otherwise }, now);
      return knownOutcome(state, marks, now) ?? null;
    },

    async saveAsked(answers) {
      const now = state.clock.now();
      for (const [service, answer] of answers) {
        const at = answer.at === undefined ? now : instantAt(answer.at, now);
        const known = state.asked.get(service);
        const knownAt = known === undefined ? Infinity : (JSON.parse(known) as RouterView).at;
        if (knownAt > at && knownAt <= now) continue;
        state.asked.set(service, JSON.stringify({ ...answer, at }));
      }
    },

    async allow(key) {
      keepPassing(state, `allowed:${key}`, '1', state.clock.now(), limits.allowedMs);
    },

    async wasAllowed(key) {
      return passing(state, `allowed:${key}`, state.clock.now()) !== undefined;
    },

    async ping() {},

    async configurations(own) {
      const now = state.clock.now();
      const { configurations: all } = state;
      if (own) all.set(own.digest, { at: now, json: JSON.stringify(own) });
      for (const [digest, { at }] of all) if (Math.abs(now - at) > reportCountsMs) all.delete(digest);
      return [...all.values()].map(({ json }) => JSON.parse(json) as Configuration);
    },
  };
}

/** Returns true while the bound leaves room for one more entry, and counts it. */
function roomFor(state: MemoryState, service: string, { name, most, ms }: EntryBound, now: number): boolean {
  const key = `refusals:${service}:${name}`;
  const before = state.passing.get(key);
  const until = before !== undefined && before.until > now ? before.until : now + ms;
  const count = Number(passing(state, key, now) ?? 0) + 1;
  keepPassing(state, key, String(count), now, until - now);
  return count <= most;
}
