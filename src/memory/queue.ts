import { drawnMs, longestPlaceMs, mostPlaces, overtakes, placeMs } from '../release/waiting-line.ts';
import type { Place } from '../release/waiting-line.ts';
import type { Loaded, Store } from '../release/store.ts';
import { refreshDue } from './due.ts';
import { putDraw } from './outbox.ts';
import { entryOf, resolved } from './state.ts';
import type { ServiceEntry, MemoryState } from './state.ts';

/** Returns true while a place lasts. A place that ends later than any place can was written with another clock. */
function lasts({ until }: { until: number }, now: number): boolean {
  return until > now && until <= now + longestPlaceMs;
}

/** Returns the line as it is now, first place first. */
export function queueOf({ queue }: ServiceEntry, now: number): Pick<Loaded, 'queue' | 'queueLapsed'> {
  const all = [...queue.values()];
  const live = all.filter((each) => lasts(each, now));
  live.sort((a, b) => a.order - b.order || a.came - b.came);
  return {
    queue: live.map(({ json }) => JSON.parse(json) as Place),
    queueLapsed: live.length < all.length,
  };
}

/** Returns the waiting lines in memory. */
export function memoryQueue(state: MemoryState): Pick<Store, 'stand' | 'leave'> {
  const dueAgain = (service: string, kept: ServiceEntry, now: number): void => {
    const ends = [...kept.queue.values()].map(({ until }) => until);
    kept.dueQueue = ends.length === 0 ? null : Math.min(...ends);
    refreshDue(state, `service:${service}`, now);
  };
  return {
    async stand(service, place, { draw, forMs = placeMs, ...given } = {}) {
      const now = state.clock.now();
      const kept = entryOf(state, service);
      const kin = overtakes(place);
      let { order } = given;
      const gone: string[] = [];
      let count = 0;
      for (const [id, each] of kept.queue) {
        if (id === place.id) continue;
        if (!lasts(each, now)) gone.push(id);
        else if (kin !== undefined && kin === each.kin) {
          if (given.came !== undefined && each.came > given.came)
            return { ok: false, why: 'overtaken', by: JSON.parse(each.json) as Place };
          order = Math.min(order ?? each.order, each.order);
          gone.push(id);
        } else count += 1;
      }
      const mine = kept.queue.has(place.id);
      if (!mine && count >= mostPlaces) return { ok: false, why: 'full' };
      if (given.came === undefined) state.counter += 1;
      const came = given.came ?? state.counter;
      order ??= came;
      const json = resolved(place, now);
      kept.queue.set(place.id, { order, came, until: now + forMs, kin, json });
      for (const id of gone) kept.queue.delete(id);
      if (draw && (!mine || gone.length > 0 || Math.abs(now - kept.queueDrawn) >= drawnMs)) {
        kept.queueDrawn = now;
        putDraw(state, draw.channel, service, draw.release, now);
      }
      dueAgain(service, kept, now);
      return { ok: true, order, came, queue: queueOf(kept, now).queue };
    },
    async leave(service, id, draw) {
      const now = state.clock.now();
      const kept = entryOf(state, service);
      const before = kept.queue.size;
      for (const [each, place] of kept.queue) if (each === id || !lasts(place, now)) kept.queue.delete(each);
      if (draw && kept.queue.size < before) putDraw(state, draw.channel, service, draw.release, now);
      dueAgain(service, kept, now);
    },
  };
}
