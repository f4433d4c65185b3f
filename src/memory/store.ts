import { Fault } from '../release/fault.ts';
import { keeping } from '../release/keeping.ts';
import { recordCache } from '../release/record-cache.ts';
import type { Asked, HistoryEntry, Loaded, Store, Wish } from '../release/store.ts';
import { settleDue } from './due.ts';
import { saveChange } from './save.ts';
import {
  appendHistory,
  instantAt,
  keepPassing,
  keptOf,
  knownOutcome,
  passing,
  resolved,
  setMarks,
} from './state.ts';
import type { State } from './state.ts';

/** Records in memory. */
export function memoryStore(state: State): Store {
  const read = recordCache();
  const beside = (service: string, now: number): Omit<Loaded, 'record'> => {
    const kept = keptOf(state, service);
    const asked = state.asked.get(service);
    return {
      now,
      lease: kept.token !== null && kept.until > now ? { token: kept.token, until: kept.until } : null,
      renewedAt: kept.renewedAt,
      wish: kept.wish === null ? null : (JSON.parse(kept.wish) as Wish),
      asked: asked === undefined ? null : (JSON.parse(asked) as Asked),
      hasHistory: kept.sequence > 0,
      rate: 0,
    };
  };
  const loadOne = (service: string, now: number): Loaded => {
    const json = keptOf(state, service).record;
    return { record: json === null ? null : read(service, json), ...beside(service, now) };
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
          return { record: null, bad: fault.message, ...beside(service, now) };
        }
      });
    },

    async services() {
      return [...state.kept].filter(([, kept]) => kept.record !== null).map(([service]) => service);
    },

    async save(change) {
      return saveChange(state, change);
    },

    async wish(service, operation, wish, history, mark) {
      const now = state.clock.now();
      const outcome = knownOutcome(state, mark?.keys ?? [], now);
      if (outcome !== undefined) return { ok: false, why: 'repeat', outcome };
      const kept = keptOf(state, service);
      if (kept.op === '' || kept.op !== operation) return { ok: false, why: 'gone' };
      const first = kept.wish === null ? undefined : (JSON.parse(kept.wish) as Wish);
      if (first === undefined || (first.force === undefined && wish.force !== undefined)) {
        kept.wish = resolved(wish, now);
        kept.wishOp = operation;
      }
      appendHistory(kept, history, now);
      setMarks(state, mark, now);
      return { ok: true, joined: first !== undefined, replicated: true };
    },

    async acquire(service, token) {
      const now = state.clock.now();
      const kept = keptOf(state, service);
      const own = kept.token === token;
      const running = kept.token !== null && kept.until > now;
      const loaded = loadOne(service, now);
      if (running && !own) return { held: false, ...loaded };
      kept.token = token;
      kept.until = now + keeping.leaseMs;
      if (running) kept.renewedAt = now;
      settleDue(state, `service:${service}`, now);
      return { held: true, ...loaded, lease: { token, until: kept.until } };
    },

    async seize(service, token) {
      const now = state.clock.now();
      const kept = keptOf(state, service);
      if (kept.token !== null && kept.until > now && kept.token !== token) return false;
      kept.token = token;
      kept.until = now + keeping.leaseMs;
      settleDue(state, `service:${service}`, now);
      return true;
    },

    async renew(service, token) {
      const now = state.clock.now();
      const kept = keptOf(state, service);
      const held = kept.token === token && kept.until > now;
      if (held) {
        kept.until = now + keeping.leaseMs;
        kept.renewedAt = now;
        settleDue(state, `service:${service}`, now);
      }
      return {
        held,
        revision: kept.revision,
        wish: kept.wish === null ? null : (JSON.parse(kept.wish) as Wish),
      };
    },

    async release(service, token) {
      const kept = keptOf(state, service);
      if (kept.token !== token) return;
      kept.token = null;
      kept.until = 0;
      settleDue(state, `service:${service}`, state.clock.now());
    },

    async history(service, count) {
      const kept = keptOf(state, service);
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
      const kept = keptOf(state, service);
      const key = `refusal:${service}:${JSON.stringify(entry)}`;
      const counted = kept.history.get(Number(passing(state, key, now) ?? 0));
      if (kept.record === null && kept.sequence === 0) {
        // A history without a record means that the record was lost.
      } else if (counted === undefined) {
        keepPassing(state, key, String(appendHistory(kept, entry, now)), now, keeping.refusalMs);
      } else {
        counted.times += 1;
      }
      setMarks(state, mark, now);
      return null;
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
        if (known !== undefined && (JSON.parse(known) as Asked).at > at) continue;
        state.asked.set(service, JSON.stringify({ ...answer, at }));
      }
    },

    async allow(key) {
      keepPassing(state, `allowed:${key}`, '1', state.clock.now(), keeping.allowedMs);
    },

    async wasAllowed(key) {
      return passing(state, `allowed:${key}`, state.clock.now()) !== undefined;
    },

    async ping() {},
  };
}
