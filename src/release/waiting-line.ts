/** The waiting line of a service: its places, and when the turn of each may come. See docs/design.md#the-line. */
import type { Actor } from './actor.ts';
import { personOf } from './actor.ts';
import { freezeAt } from './freeze.ts';
import type { Instant } from './instant.ts';
import { joinedBy, line } from './line.ts';
import type { Line } from './line.ts';
import { lockAt } from './release.ts';
import type { ServiceRecord } from './release.ts';
import type { Settings } from './settings.ts';
import { mention } from './mention.ts';

/** One place. It is no accepted command: its process asks again and again whether it is its turn. */
export interface Place {
  /** Random. */
  id: string;
  actor: Actor;
  verb: 'stage' | 'promote';
  /** The version, for a stage. */
  version?: string;
  /** Since when it waits. */
  at: Instant;
}

/**
 * The position of a place: `order` among all, and the number of its own arrival. A newer stage inherits the order.
 */
export interface Standing {
  order: number;
  came: number;
}

/** The result of a call that takes or keeps a place. `queue`: all places, first place first. */
export type Stood =
  | ({ ok: true; queue: readonly Place[] } & Standing)
  /** `overtaken`: a newer stage of the same person has its place; `full`: the line is full. */
  | { ok: false; why: 'overtaken'; by: Place }
  | { ok: false; why: 'full' };

/** A place that is not kept expires after this, ms: its process was killed, or cannot reach the storage. */
export const placeMs = 10_000;
/** The longest time for which a place is taken at once, ms. */
export const longestPlaceMs = 60_000;
/** How many places the line of one service has at most. */
export const mostPlaces = 100;
/** How often the card of a service with a waiting line is drawn again, ms: it shows the expected wait. */
export const drawnMs = 60_000;
/** How many places a card or a status names. */
const mostNamed = 10;
const minuteMs = 60_000;

/** Returns a text that is equal for places of which only the newest counts; undefined: it overtakes none. */
export function overtakes({ verb, actor }: Pick<Place, 'verb' | 'actor'>): string | undefined {
  return verb === 'stage' ? `stage:${personOf(actor)}` : undefined;
}

/** What is known about the service of a line. `settings`: undefined where they cannot be read. */
export interface AwaitedService {
  record: ServiceRecord;
  settings: Pick<Settings, 'promotion' | 'freeze'> | undefined;
  now: number;
}

/** Returns true while the release bakes, and no replica of the bot can watch that: its end does not settle it. */
function isUnwatched({ record: { bake } }: AwaitedService): boolean {
  return bake?.unwatched === true;
}

/** Returns when nothing holds the next place up any more, an instant; null: not known. */
function freeAt(held: AwaitedService): number | null {
  const { record, settings, now } = held;
  const { bake, state } = record;
  const lock = lockAt(record, now);
  if (lock?.until === null || state === 'stuck' || state === 'staging' || bake?.verdict === 'unhealthy')
    return null;
  // Past its end, it waits for good checks, or for somebody who asks for them.
  if (bake && (isUnwatched(held) || bake.until <= now)) return null;
  const bakeMs = settings?.promotion.bake ?? 0;
  const ends = [now, lock?.until ?? 0, bake?.until ?? 0, state === 'promoting' ? now + bakeMs : 0];
  return thawed(settings, Math.max(...ends));
}

/** Returns the end of the freeze that holds then, else the instant itself. */
function thawed(settings: AwaitedService['settings'], at: number): number {
  return freezeAt(settings?.freeze ?? [], at)?.until ?? at;
}

/** Returns when the turn of each place may come: a guess, because each promote before it bakes. Null: not known. */
export function turnsOf(queue: readonly Place[], held: AwaitedService): (number | null)[] {
  let next = freeAt(held);
  return queue.map(({ verb }) => {
    const turn = next;
    if (next !== null && verb === 'promote')
      next = thawed(held.settings, next + (held.settings?.promotion.bake ?? 0));
    return turn;
  });
}

/** Returns `1st`, `2nd`, `3rd`, `11th`. */
export function ordinal(n: number): string {
  const teens = n % 100 > 10 && n % 100 < 14;
  return `${n}${(teens ? undefined : ['th', 'st', 'nd', 'rd'][n % 10]) ?? 'th'}`;
}

/** Returns `, about 7 min`; nothing where that is not known. */
export function aboutWords(turn: number | null | undefined, now: number): string {
  if (turn === null || turn === undefined) return '';
  const minutes = Math.round((turn - now) / minuteMs);
  if (minutes < 1) return ', in less than a minute';
  if (minutes < 100) return `, about ${minutes} min`;
  return `, about ${Math.round(minutes / 60)} h`;
}

/**
 * Says who waits, for what, and about how long: `1st cli:deploy: stage v2, about 7 min`. Says no time where that is not
 * known. Empty when the line is.
 */
export function queueWords(queue: readonly Place[], held: AwaitedService): Line {
  if (queue.length === 0) return [];
  const turns = turnsOf(queue, held);
  const watched = isUnwatched(held) ? ', as soon as somebody watches the release that bakes' : '';
  const named = queue.slice(0, mostNamed).map(({ actor, verb, version }, i): Line => {
    const what = version === undefined ? verb : `${verb} ${version}`;
    return line`${ordinal(i + 1)} ${mention(actor)}: ${what}${i === 0 ? watched : ''}${aboutWords(turns[i], held.now)}`;
  });
  const more = queue.length - named.length;
  return line`${joinedBy('; ', named)}${more > 0 ? `; and ${more} more` : ''}`;
}
