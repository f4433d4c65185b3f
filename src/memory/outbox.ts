import { noticeCards } from '../release/action-items.ts';
import { limits } from '../release/limits.ts';
import { laneOf, lanes, laneSize, placeIn } from '../release/outbox-lanes.ts';
import type { Change, DrawMark, Notice, Outbox, ShownMessage } from '../release/store.ts';
import { refreshDue } from './due.ts';
import { keepPassing, passing, resolved } from './state.ts';
import type { MemoryState } from './state.ts';

/** Puts notices into the outboxes of their channels; a notice that is there already is not added again. */
export function putNotices(
  state: MemoryState,
  notices: readonly Change['notices'][number][],
  now: number,
): void {
  for (const { channel, ...notice } of notices) {
    const out = state.out.get(channel) ?? new Map<string, { order: number; json: string }>();
    state.out.set(channel, out);
    state.counter += 1;
    const order = state.counter + laneOf(notice) * laneSize;
    if (!out.has(notice.id)) out.set(notice.id, { order, json: resolved({ ...notice, at: now }, now) });
    refreshDue(state, `channel:${channel}`, now);
  }
}

/** Marks a card to be drawn again. */
export function putDraw(
  state: MemoryState,
  channel: string,
  service: string,
  release: string,
  now: number,
): void {
  const draw = state.draw.get(channel) ?? new Map<string, string>();
  state.draw.set(channel, draw);
  state.counter += 1;
  draw.set(`${service} ${release}`, String(state.counter));
  refreshDue(state, `channel:${channel}`, now);
}

/** Returns the outbox (messages that wait to be sent) in memory. */
export function memoryOutbox(state: MemoryState): Outbox {
  const find = (key: string): ShownMessage | null => {
    const json = passing(state, key, state.clock.now());
    return json === undefined ? null : (JSON.parse(json) as ShownMessage);
  };
  return {
    async pending(channel, limit) {
      const out = [...(state.out.get(channel)?.values() ?? [])].sort((a, b) => a.order - b.order);
      const draws = [...(state.draw.get(channel) ?? [])].map(([field, mark]): DrawMark => {
        const at = field.indexOf(' ');
        return { service: field.slice(0, at), release: field.slice(at + 1), mark };
      });
      const first = lanes.flatMap((band) =>
        out.filter(({ order }) => Math.floor(order / laneSize) === band).slice(0, limit),
      );
      first.sort((a, b) => placeIn(a.order) - placeIn(b.order));
      return { notices: first.map(({ json }) => JSON.parse(json) as Notice), draws };
    },

    async sent(channel, ids) {
      for (const id of ids) state.out.get(channel)?.delete(id);
    },

    async move(channel, ids, to) {
      if (channel === to) return;
      const from = state.out.get(channel);
      const target = state.out.get(to) ?? new Map<string, { order: number; json: string }>();
      state.out.set(to, target);
      for (const id of ids) {
        const notice = from?.get(id);
        if (notice === undefined) continue;
        from?.delete(id);
        if (!target.has(id)) target.set(id, notice);
      }
      refreshDue(state, `channel:${to}`, state.clock.now());
    },

    async drawn(channel, { service, release, mark }) {
      const draw = state.draw.get(channel);
      if (draw?.get(`${service} ${release}`) === mark) draw.delete(`${service} ${release}`);
    },

    async redraw(channel, service, release) {
      putDraw(state, channel, service, release, state.clock.now());
    },

    async saveMessage(message) {
      const now = state.clock.now();
      const json = JSON.stringify(message);
      keepPassing(state, `msg:${message.channel}:${message.ts}`, json, now, limits.messageMs);
      if (message.kind === 'card' && message.release !== null) {
        keepPassing(state, `card:${message.service}:${message.release}`, json, now, limits.messageMs);
      }
      if (message.notice !== undefined)
        keepPassing(state, `card:${noticeCards}:${message.notice.id}`, json, now, limits.messageMs);
      if (message.rings !== undefined)
        keepPassing(state, `ring:${message.rings}`, json, now, limits.messageMs);
    },

    async findMessage(channel, ts) {
      return find(`msg:${channel}:${ts}`);
    },

    async card(service, release) {
      return find(`card:${service}:${release}`);
    },

    async ringOf(what) {
      return find(`ring:${what}`);
    },

    async post(notices, once) {
      const now = state.clock.now();
      if (once && passing(state, `once:${once.key}`, now) !== undefined) return;
      if (once) keepPassing(state, `once:${once.key}`, '1', now, once.ms);
      putNotices(state, notices, now);
    },

    async depth() {
      const sizes = [...state.out.values(), ...state.draw.values()].map((waiting) => waiting.size);
      return sizes.reduce((sum, size) => sum + size, 0);
    },
  };
}
