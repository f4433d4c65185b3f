import type { AlertGroup } from '../release/alerts/alert.ts';
import {
  alertCards,
  digestCards,
  digestRank,
  kindOf,
  resolvedRank,
  stormGroups,
  stormMs,
} from '../release/alerts/port.ts';
import type { AlertChange, AlertStore, Placed } from '../release/alerts/port.ts';
import { readGroup, remainsOf } from '../release/alerts/read-group.ts';
import { limits } from '../release/limits.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { Change, ShownMessage } from '../release/store.ts';
import { refreshDue } from './due.ts';
import { putDraw, putNotices } from './outbox.ts';
import { appendHistory, instantAt, entryOf, knownOutcome, passing, resolved, setMarks } from './state.ts';
import type { KeptAlerts, MemoryState } from './state.ts';

/**
 * Marks the messages of a service's firing alerts to be drawn again: what they show of its record has changed, and
 * their due times may have. While the service bakes, alerts in a digest get their own message.
 */
export function drawAlerts(state: MemoryState, { service, state: now }: ServiceRecord, at: number): void {
  for (const [id, kept] of state.alerts) {
    const group = JSON.parse(kept.json) as AlertGroup;
    if (group.service !== service || group.status !== 'firing') continue;
    if (now === 'baking' && kept.placed !== 'own') {
      leaveDigest(state, kept.placed, id, group.channel, at);
      kept.placed = 'own';
    }
    if (kept.placed !== 'own') continue;
    putDraw(state, group.channel, alertCards, id, at);
    kept.due = at;
    refreshDue(state, `alert:${id}`, at);
  }
}

/** Returns the store of alert groups in memory. */
export function memoryAlerts(state: MemoryState): AlertStore {
  return {
    async load(id) {
      const kept = state.alerts.get(id);
      const now = state.clock.now();
      if (kept === undefined) return { group: null, revision: 0, placed: null, now };
      const placed = placedOf(kept.placed);
      const group = readGroup(kept.json);
      const context = { revision: kept.revision, placed, now };
      return group === null ? { group, remains: remainsOf(kept.json), ...context } : { group, ...context };
    },

    async save(change) {
      const now = state.clock.now();
      const { group, expect } = change;
      const outcome = knownOutcome(state, change.mark?.keys ?? [], now);
      if (outcome !== undefined) return { ok: false, why: 'repeat', outcome };
      const before = state.alerts.get(group.id);
      if ((before?.revision ?? 0) !== expect) return { ok: false, why: 'revision' };
      if (before === undefined && !makeRoom(state, kindOf(group), now)) return { ok: false, why: 'full' };
      const from = before === undefined ? group.channel : channelOf(before);
      const leaves = before?.placed === 'own' && leavesMessage(state, change, from);
      if (leaves === 'undrawn') return { ok: false, why: 'undrawn' };
      if (leaves) state.passing.delete(`card:${alertCards}:${group.id}`);
      // The caller read the service's record earlier than this.
      const bakes = group.service !== null && isBaking(state, group.service);
      const urgent = change.urgent || bakes;
      const stood = { placed: leaves ? '' : (before?.placed ?? ''), from };
      const placed = placeOf(state, { ...change, urgent }, stood, now);
      const shown = placed === '' || placed === 'own' ? change : (change.unheard ?? change);
      const json = resolved({ ...shown.group, revision: expect + 1 }, now);
      const surfaces = bakes && !change.urgent && placed === 'own' && before?.placed !== 'own';
      const due = surfaces ? now : shown.due === null ? null : instantAt(shown.due, now);
      // The map keeps groups in the order of their last saves.
      state.alerts.delete(group.id);
      const ended = group.status !== 'firing';
      state.alerts.set(group.id, { json, revision: expect + 1, placed, due, kind: kindOf(group), ended });
      if (placed === 'own') {
        if (change.draw) putDraw(state, group.channel, alertCards, group.id, now);
        putNotices(state, change.notices, now);
      } else if (placed !== '') {
        const groups = state.digestGroups.get(placed) ?? [];
        const others = change.opens ? groups.filter((each) => each !== group.id) : groups;
        state.digestGroups.set(placed, others.includes(group.id) ? others : [...others, group.id]);
        if (change.draw && change.surfaces !== true) putDraw(state, group.channel, digestCards, placed, now);
      }
      refreshDue(state, `alert:${group.id}`, now);
      if (group.service !== null) writeDown(state, group.service, change.history ?? [], now);
      setMarks(state, change.mark, now);
      const where = placedOf(placed) ?? { kind: 'own' as const };
      return { ok: true, group: JSON.parse(json) as AlertGroup, placed: where, now };
    },

    async postpone(id, revision, due) {
      const now = state.clock.now();
      const kept = state.alerts.get(id);
      if (kept?.revision !== revision) return;
      kept.due = instantAt(due, now);
      refreshDue(state, `alert:${id}`, now);
    },

    async open(service) {
      return [...state.alerts].flatMap(([id, { json }]) => {
        const group = JSON.parse(json) as AlertGroup;
        return group.service === service && group.status === 'firing' ? [id] : [];
      });
    },

    async firing(prefix) {
      return [...state.alerts].flatMap(([id, { ended }]) => (!ended && id.startsWith(prefix) ? [id] : []));
    },

    async digest(id, limit) {
      const all = (state.digestGroups.get(id) ?? []).toReversed().flatMap((each) => {
        const kept = state.alerts.get(each);
        return kept === undefined ? [] : { json: kept.json, rank: digestRank(JSON.parse(kept.json)) };
      });
      return {
        groups: all
          .toSorted((one, two) => one.rank - two.rank)
          .slice(0, limit)
          .flatMap(({ json }) => readGroup(json) ?? []),
        count: all.length,
        firing: all.filter(({ rank }) => rank < resolvedRank).length,
        critical: all.filter(({ rank }) => rank === 0).length,
      };
    },
  };
}

/** Makes room for one more group: when there are too many, those that ended longest ago go. False: all fire. */
function makeRoom(state: MemoryState, kind: KeptAlerts['kind'], now: number): boolean {
  const alike = [...state.alerts].filter(([, kept]) => kept.kind === kind);
  const over = alike.length + 1 - limits.alertGroups[kind];
  if (over <= 0) return true;
  const gone = alike.filter(([, { ended }]) => ended).slice(0, over);
  if (gone.length < over) return false;
  for (const [id, { placed }] of gone) {
    state.alerts.delete(id);
    state.passing.delete(`card:${alertCards}:${id}`);
    const groups = state.digestGroups.get(placed);
    if (groups)
      state.digestGroups.set(
        placed,
        groups.filter((each) => each !== id),
      );
    refreshDue(state, `alert:${id}`, now);
  }
  return true;
}

/** Where a group is shown; null: it was never shown. */
function placedOf(placed: string): Placed | null {
  if (placed === '') return null;
  return placed === 'own' ? { kind: 'own' } : { kind: 'digest', digest: placed };
}

function writeDown(state: MemoryState, service: string, history: Change['history'], now: number): void {
  const kept = entryOf(state, service);
  // A history without a record means that the record was lost.
  if (kept.record === null && kept.sequence === 0) return;
  for (const entry of history) appendHistory(kept, entry, now);
}

function isBaking(state: MemoryState, service: string): boolean {
  return state.kept.get(service)?.shown.endsWith(' baking') === true;
}

const channelOf = ({ json }: KeptAlerts): string => (JSON.parse(json) as AlertGroup).channel;

/** True when the group leaves its message in another channel; `undrawn` when that message must be drawn first. */
function leavesMessage(state: MemoryState, { group }: AlertChange, from: string): boolean | 'undrawn' {
  if (from === group.channel) return false;
  const card = passing(state, `card:${alertCards}:${group.id}`, state.clock.now());
  const stands = card === undefined ? from : (JSON.parse(card) as ShownMessage).channel;
  if (stands === group.channel) return false;
  const waits = (channel: string): boolean =>
    state.draw.get(channel)?.has(`${alertCards} ${group.id}`) === true;
  return waits(from) || waits(stands) ? 'undrawn' : true;
}

/** Where the group is shown after this save: `own`, or the id of a digest. Checks in the Redis script's order. */
function placeOf(
  state: MemoryState,
  { group, opens, urgent, surfaces = false }: AlertChange,
  before: { placed: string; from: string },
  now: number,
): string {
  const { channel, id, status } = group;
  let { placed } = before;
  if (opens) {
    const known = state.opened.get(channel) ?? new Map<string, number>();
    const opened = new Map([...known].filter(([, at]) => at > now - stormMs)).set(id, now);
    state.opened.set(channel, opened);
    if (placed !== 'own')
      placed = urgent || opened.size <= stormGroups ? 'own' : digestOf(state, channel, now);
  } else if (status === 'firing' && (urgent || placed === '')) placed = 'own';
  else if (status === 'firing' && surfaces && placed !== 'own') {
    const lately = [...(state.surfaced.get(channel) ?? [])].filter((at) => at > now - stormMs);
    if (lately.length < stormGroups) {
      lately.push(now);
      placed = 'own';
    }
    state.surfaced.set(channel, lately);
  }
  if (before.placed !== '' && before.placed !== 'own' && before.placed !== placed)
    leaveDigest(state, before.placed, id, before.from, now);
  return placed;
}

function leaveDigest(state: MemoryState, digest: string, id: string, channel: string, now: number): void {
  const groups = state.digestGroups.get(digest) ?? [];
  state.digestGroups.set(
    digest,
    groups.filter((each) => each !== id),
  );
  putDraw(state, channel, digestCards, digest, now);
}

function digestOf(state: MemoryState, channel: string, now: number): string {
  const current = state.digests.get(channel);
  const goes = current !== undefined && current.until > now && current.began > now - limits.digestMs;
  const { id, began } = goes ? current : { id: `${channel}-${now}`, began: now };
  state.digests.set(channel, { id, began, until: now + stormMs });
  return id;
}
