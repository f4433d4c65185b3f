import type { Clock } from '../release/clock.ts';
import { encode } from '../release/encode.ts';
import { offsetFromNow } from '../release/instant.ts';
import type { Instant } from '../release/instant.ts';
import { limits } from '../release/limits.ts';
import type { Change, HistoryEntry, Outcome } from '../release/store.ts';

/** Everything that is kept for one service. Values are JSON, so the store shares no objects with its callers. */
export interface ServiceEntry {
  revision: number;
  record: string | null;
  /** Id of the operation under way; empty: none. */
  op: string;
  token: string | null;
  until: number;
  renewedAt: number | null;
  pendingRevert: string | null;
  /** The operation that the pending revert was made against. */
  pendingRevertOp: string;
  dueService: number | null;
  dueBake: number | null;
  /** When the first place of the line expires. */
  dueQueue: number | null;
  /** The line: places by id, and when the card was last drawn for it. */
  queue: Map<string, { order: number; came: number; until: number; kin: string | undefined; json: string }>;
  queueDrawn: number;
  /** What alert messages show of the record. */
  shown: string;
  sequence: number;
  history: Map<number, { json: string; times: number }>;
}

/** The state that the three ports share, in one process. */
export interface MemoryState {
  clock: Clock;
  /** The newest instant that a look at due times saw, to the second. */
  seen: number;
  kept: Map<string, ServiceEntry>;
  asked: Map<string, string>;
  /** Marks, counted refusals, rates and similar values, by key, each with the instant at which it ends. */
  passing: Map<string, { value: string; until: number }>;
  /** Due times by name; while a name is held: when the hold ends. */
  due: Map<string, number>;
  held: Map<string, { token: string; until: number }>;
  /** `againInMs` of the last `done`, until the name is taken again. */
  again: Map<string, number>;
  /** One counter for the numbers of notices and draw marks. */
  counter: number;
  out: Map<string, Map<string, { order: number; json: string }>>;
  draw: Map<string, Map<string, string>>;
  alerts: Map<string, KeptAlerts>;
  /** When groups began to fire, by channel and id. */
  opened: Map<string, Map<string, number>>;
  /** The digest that takes groups now, by channel. */
  digests: Map<string, { id: string; began: number; until: number }>;
  digestGroups: Map<string, string[]>;
  /** When groups left a digest because a critical alert fires, by channel. */
  surfaced: Map<string, number[]>;
  /** The configurations that replicas run with, by digest, and when they were reported. */
  configurations: Map<string, { at: number; json: string }>;
  /** Notes on alert senders, by name, with the time each was written. */
  senders: Map<string, { at: number; json: string }>;
}

/** Everything that is kept for one alert group. */
export interface KeptAlerts {
  json: string;
  revision: number;
  /** `own`, or the id of a digest. */
  placed: string;
  due: number | null;
  /** The kind whose limit the group counts towards, and whether it may be removed for others. */
  kind: 'known' | 'other';
  ended: boolean;
}

/** An empty state. */
export function newState(clock: Clock): MemoryState {
  return {
    clock,
    seen: 0,
    kept: new Map(),
    asked: new Map(),
    passing: new Map(),
    due: new Map(),
    held: new Map(),
    again: new Map(),
    counter: 0,
    out: new Map(),
    draw: new Map(),
    alerts: new Map(),
    opened: new Map(),
    digests: new Map(),
    digestGroups: new Map(),
    surfaced: new Map(),
    configurations: new Map(),
    senders: new Map(),
  };
}

/** Returns the service's part of the state, and creates it when there is none. */
export function entryOf(state: MemoryState, service: string): ServiceEntry {
  let kept = state.kept.get(service);
  if (kept === undefined) {
    kept = {
      revision: 0,
      record: null,
      op: '',
      token: null,
      until: 0,
      renewedAt: null,
      pendingRevert: null,
      pendingRevertOp: '',
      dueService: null,
      dueBake: null,
      dueQueue: null,
      queue: new Map(),
      queueDrawn: 0,
      shown: '',
      sequence: 0,
      history: new Map(),
    };
    state.kept.set(service, kept);
  }
  return kept;
}

/** Returns JSON with every `fromNow` resolved. */
export function resolved(value: unknown, now: number): string {
  return encode(value, (ms) => now + ms);
}

/** Returns one instant, resolved. */
export function instantAt(instant: Instant, now: number): number {
  const ms = offsetFromNow(instant);
  return ms === undefined ? instant : now + Math.round(ms);
}

/** Returns a value that has not ended yet. */
export function passing(state: MemoryState, key: string, now: number): string | undefined {
  const found = state.passing.get(key);
  if (found === undefined) return undefined;
  if (found.until > now) return found.value;
  state.passing.delete(key);
  return undefined;
}

/** Keeps a value for `forMs`. Ended values are swept now and then, so that a long run does not grow. */
export function keepPassing(
  state: MemoryState,
  key: string,
  value: string,
  now: number,
  forMs: number,
): void {
  if (state.passing.size > 10_000) {
    for (const [old, { until }] of state.passing) if (until <= now) state.passing.delete(old);
  }
  state.passing.set(key, { value, until: now + forMs });
}

/** Returns the outcome that is stored with the first known mark. */
export function knownOutcome(state: MemoryState, marks: readonly string[], now: number): Outcome | undefined {
  for (const mark of marks) {
    const json = passing(state, `mark:${mark}`, now);
    if (json !== undefined) return JSON.parse(json) as Outcome;
  }
  return undefined;
}

/** Sets the marks of a request. */
export function setMarks(state: MemoryState, mark: Change['mark'], now: number): void {
  if (mark === undefined) return;
  const json = resolved(mark.outcome, now);
  for (const key of mark.keys) keepPassing(state, `mark:${key}`, json, now, limits.markMs);
}

/** Appends one history entry and drops the oldest one beyond the limit. Returns its number. */
export function appendHistory(
  kept: ServiceEntry,
  entry: Omit<HistoryEntry, 'at' | 'times'>,
  now: number,
): number {
  kept.sequence += 1;
  kept.history.set(kept.sequence, { json: resolved({ ...entry, at: now }, now), times: 1 });
  kept.history.delete(kept.sequence - limits.historyEntries);
  return kept.sequence;
}
