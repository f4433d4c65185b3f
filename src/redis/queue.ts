import { z } from 'zod';
import { actorSchema } from '../release/actor.ts';
import { drawnMs, longestPlaceMs, mostPlaces, overtakes, placeMs } from '../release/waiting-line.ts';
import type { Place } from '../release/waiting-line.ts';
import type { Loaded, Store } from '../release/store.ts';
import type { RedisClient } from './client.ts';
import { drawField, newArgumentList } from './script-arguments.ts';
import { runInTime } from './run-in-time.ts';
import { leaveScript, standScript } from './scripts/queue.ts';

function drawArgument(
  service: string,
  draw: { channel: string; release: string } | undefined,
): { channel: string; field: string } | undefined {
  return draw && { channel: draw.channel, field: drawField(service, draw.release) };
}

/** Returns the waiting lines on Redis. */
export function redisQueue(link: RedisClient): Pick<Store, 'stand' | 'leave'> {
  return {
    async stand(service, place, { draw, forMs = placeMs, order: kept, came: since } = {}) {
      const placer = newArgumentList();
      const { now, word, rest } = await runInTime(link, standScript, {
        nonce: placer.nonce,
        service,
        id: place.id,
        kin: overtakes(place) ?? '-',
        json: placer.json(place),
        order: kept,
        came: since,
        forMs,
        longestMs: longestPlaceMs,
        most: mostPlaces,
        drawMs: drawnMs,
        draw: drawArgument(service, draw),
      });
      if (word === 'full') return { ok: false, why: word };
      if (word === 'overtaken') return { ok: false, why: word, by: readPlace(String(rest[0])) ?? place };
      const [order, came, all] = rest;
      return { ok: true, order: Number(order), came: Number(came), queue: readQueue(all, now).queue };
    },
    async leave(service, id, draw) {
      await runInTime(link, leaveScript, {
        service,
        id: id ?? '',
        longestMs: longestPlaceMs,
        draw: drawArgument(service, draw),
      });
    },
  };
}

const placeSchema = z.looseObject({
  id: z.string(),
  actor: actorSchema,
  verb: z.enum(['stage', 'promote']),
  version: z.string().optional(),
  at: z.number(),
});

/** Reads a place; undefined when another version wrote it, or it is damaged. */
function readPlace(json: string): Place | undefined {
  try {
    return placeSchema.parse(JSON.parse(json)) as Place;
  } catch {
    return undefined;
  }
}

/** Reads a line as Redis stores it. A place that cannot be read blocks nobody. */
export function readQueue(all: unknown, now: number): Pick<Loaded, 'queue' | 'queueLapsed'> {
  const values = Array.isArray(all) ? all.map(String) : [];
  let queueLapsed = false;
  const places: { order: number; came: number; place: Place }[] = [];
  for (let i = 1; i < values.length; i += 2) {
    const [, order, came, until, json = ''] = /^(\d+) (\d+) (\d+) \S+ ([^]*)$/.exec(values[i] ?? '') ?? [];
    if (!(Number(until) > now && Number(until) <= now + longestPlaceMs)) {
      queueLapsed = true;
      continue;
    }
    const place = readPlace(json);
    if (place !== undefined) places.push({ order: Number(order), came: Number(came), place });
  }
  places.sort((a, b) => a.order - b.order || a.came - b.came);
  return { queue: places.map(({ place }) => place), queueLapsed };
}
