import type { AlertGroup } from '../release/alerts/alert.ts';
import { alertCards, digestCards, stormGroups, stormMs } from '../release/alerts/port.ts';
import type { AlertChange, AlertStore } from '../release/alerts/port.ts';
import { readGroup } from '../release/alerts/read-group.ts';
import { keeping } from '../release/keeping.ts';
import type { Change } from '../release/store.ts';
import { settleDue } from './due.ts';
import { putDraw, putNotices } from './outbox.ts';
import { appendHistory, instantAt, keptOf, knownOutcome, resolved, setMarks } from './state.ts';
import type { State } from './state.ts';

/** Draws anew the messages of alerts that fire on a service: what they show of its record has changed. */
export function drawAlerts(state: State, service: string, now: number): void {
  for (const [id, { json, placed }] of state.alerts) {
    const group = JSON.parse(json) as AlertGroup;
    const shown = placed === 'own' && group.service === service && group.status === 'firing';
    if (shown) putDraw(state, group.channel, alertCards, id, now);
  }
}

/** Alert groups, in memory. */
export function memoryAlerts(state: State): AlertStore {
  return {
    async load(id) {
      const kept = state.alerts.get(id);
      const now = state.clock.now();
      if (kept === undefined) return { group: null, placed: null, now };
      const placed =
        kept.placed === 'own' ? { kind: 'own' as const } : { kind: 'digest' as const, digest: kept.placed };
      return { group: readGroup(kept.json), placed, now };
    },

    async save(change) {
      const now = state.clock.now();
      const { group, expect } = change;
      const outcome = knownOutcome(state, change.mark?.keys ?? [], now);
      if (outcome !== undefined) return { ok: false, why: 'repeat', outcome };
      const before = state.alerts.get(group.id);
      if ((before?.revision ?? 0) !== expect) return { ok: false, why: 'revision' };
      const json = resolved({ ...group, revision: expect + 1 }, now);
      const placed = placeOf(state, change, before?.placed ?? '', now);
      const due = change.due === null ? null : instantAt(change.due, now);
      state.alerts.set(group.id, { json, revision: expect + 1, placed, due });
      if (placed === 'own') {
        if (change.draw) putDraw(state, group.channel, alertCards, group.id, now);
        putNotices(state, change.notices, now);
      } else {
        const groups = state.digestGroups.get(placed) ?? [];
        state.digestGroups.set(placed, groups.includes(group.id) ? groups : [...groups, group.id]);
        if (change.draw) putDraw(state, group.channel, digestCards, placed, now);
      }
      settleDue(state, `alert:${group.id}`, now);
      if (group.service !== null) writeDown(state, group.service, change.history ?? [], now);
      setMarks(state, change.mark, now);
      const where = placed === 'own' ? { kind: 'own' as const } : { kind: 'digest' as const, digest: placed };
      return { ok: true, group: JSON.parse(json) as AlertGroup, placed: where, now, replicated: true };
    },

    async open(service) {
      return [...state.alerts].flatMap(([id, { json }]) => {
        const group = JSON.parse(json) as AlertGroup;
        return group.service === service && group.status === 'firing' ? [id] : [];
      });
    },

    async digest(id, limit) {
      const ids = (state.digestGroups.get(id) ?? []).toReversed();
      const groups = ids
        .slice(0, limit)
        .flatMap((each) => readGroup(state.alerts.get(each)?.json ?? '') ?? []);
      return { groups, count: ids.length };
    },
  };
}

function writeDown(state: State, service: string, history: Change['history'], now: number): void {
  const kept = keptOf(state, service);
  // A history without a record means that the record was lost.
  if (kept.record === null && kept.sequence === 0) return;
  for (const entry of history) appendHistory(kept, entry, now);
}

/** Where the group is shown after this save: `own`, or a digest's id. In the order of the Redis script. */
function placeOf(state: State, { group, opens, urgent }: AlertChange, before: string, now: number): string {
  const { channel, id } = group;
  let placed = before;
  if (opens) {
    const known = state.opened.get(channel) ?? new Map<string, number>();
    const opened = new Map([...known].filter(([, at]) => at > now - stormMs)).set(id, now);
    state.opened.set(channel, opened);
    if (placed !== 'own')
      placed = urgent || opened.size <= stormGroups ? 'own' : digestOf(state, channel, now);
  } else if (urgent || placed === '') placed = 'own';
  if (before !== '' && before !== 'own' && before !== placed) {
    state.digestGroups.set(
      before,
      (state.digestGroups.get(before) ?? []).filter((each) => each !== id),
    );
    putDraw(state, channel, digestCards, before, now);
  }
  return placed;
}

function digestOf(state: State, channel: string, now: number): string {
  const current = state.digests.get(channel);
  const id = current !== undefined && current.until > now ? current.id : `${channel}-${now}`;
  state.digests.set(channel, { id, until: now + keeping.digestMs });
  return id;
}
