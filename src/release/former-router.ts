/** Reverts when the file names another router than that of the switch: either may carry the traffic. */
import type { Configured } from './command.ts';
import { isBadSettings } from './fault.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import { settingsOf } from './parts.ts';
import type { Parts } from './parts.ts';
import { togetherHeld } from './write-hold.ts';
import type { WriteDenial, WriteHold } from './write-hold.ts';
import type { Adapters, Router } from './ports.ts';
import { askRouter } from './ask-router.ts';
import type { ServiceRecord } from './release.ts';

type Needed = Pick<Parts, 'adapters' | 'catalog' | 'clock'>;

/** Suffix of the names of its instances. */
const mark = ' (former)';
/** How long the question may take, ms: the sender of a revert waits. */
const askedMs = 800;

/** Returns true when the record's settings and these name different routers. */
export function routersDiffer({ settings }: ServiceRecord, { raw }: Pick<Configured, 'raw'>): boolean {
  return canonical(settings['router']) !== canonical(raw['router']);
}

/**
 * Finds, for a new revert, the router that the release was switched with, if these settings name another, and whether
 * it answers. Undefined: it is the same, or it cannot be known.
 */
export async function formerFacts(
  parts: Needed,
  record: ServiceRecord,
  configured: Configured,
): Promise<{ answers: boolean; instances: readonly string[] } | undefined> {
  if (!routersDiffer(record, configured)) return undefined;
  const router = readable(() => parts.adapters(cacheName(record), settingsOf(parts, record)).router);
  if (router === undefined) return undefined;
  const answers = await askRouter(parts, router, { ms: askedMs });
  return { answers: answers.some(({ heading }) => heading !== 'unreachable'), instances: router.instances };
}

/** Returns what the sender of a revert reads about it. */
export function formerWords(former: Awaited<ReturnType<typeof formerFacts>>): Line {
  if (former === undefined) return [];
  return former.answers
    ? line` The file now names a different router than the one that was switched: both are switched.`
    : line` The file now names a different router than the one that was switched (${former.instances.join(', ')}). That one does not answer, so only the router of the file is switched.`;
}

/** Returns the adapters for the operation of a record. A former router of the record follows the new one. */
export function adaptersFor(parts: Needed, record: ServiceRecord, configured: Configured): Adapters {
  const adapters = parts.adapters(record.service, configured);
  const { formerly } = record;
  if (!formerly) return adapters;
  const then = { ...record, seal: undefined, ...formerly } as ServiceRecord;
  const former = readable(() => parts.adapters(cacheName(record), settingsOf(parts, then)).router);
  return former === undefined ? adapters : { ...adapters, router: bothRouters(adapters.router, former) };
}

/** Adapters are cached by name, so that those of one service are not made again for each question. */
function cacheName({ service }: ServiceRecord): string {
  return `${service}${mark}`;
}

/** Every member of a router, so that a new one does not compile before it is combined here. */
type Members = { [Name in keyof Required<Router>]: Router[Name] | undefined };

/** Combines two routers; the instances of the second carry a mark. What only one of them can do, both can. */
export function bothRouters(router: Router, former: Router): Router {
  const both = [router, former];
  const follows = both.flatMap(({ followsMs }) => followsMs ?? []);
  const keeps = new Set(both.flatMap((each) => each.keeps ?? []));
  // Connections of one and workers of the other make no sum.
  const counted =
    both.every((each) => each.left !== undefined) && String(router.leftAre) === String(former.leftAre);
  const members: Members = {
    instances: [...router.instances, ...former.instances.map((name) => `${name}${mark}`)],
    followsMs: follows.length === 0 ? undefined : Math.max(...follows),
    knowsColors: router.knowsColors ?? former.knowsColors,
    // One of them may show its writes later.
    atOnce: router.atOnce && former.atOnce,
    othersWrite: router.othersWrite ?? former.othersWrite,
    // The router of the file comes first.
    advice: router.advice ?? former.advice,
    keeps: keeps.size === 0 ? undefined : [...keeps].join(' '),
    async live(signal, wanted) {
      return marked(await Promise.all([router.live(signal, wanted), former.live(signal, wanted)]));
    },
    async ready(color, signal) {
      return marked(await Promise.all([router.ready(color, signal), former.ready(color, signal)]));
    },
    async point(color, epoch, permit, only) {
      const own = only?.filter((name) => !name.endsWith(mark));
      const its = only?.filter((name) => name.endsWith(mark)).map((name) => name.slice(0, -mark.length));
      return marked(
        await Promise.all([
          own?.length === 0 ? [] : router.point(color, epoch, permit, own),
          its?.length === 0 ? [] : former.point(color, epoch, permit, its),
        ]),
      );
    },
    left: counted
      ? async (color, signal) => {
          const counts = await Promise.all(both.map(async (each) => each.left?.(color, signal)));
          return counts.reduce(
            (sum, one) => (sum === undefined || one === undefined ? undefined : sum + one),
            0,
          );
        }
      : undefined,
    leftAre: counted ? router.leftAre : undefined,
    writes: bothHolds(router.writes, former.writes),
    denial: bothDenials(router.denial, former.denial),
    doubts: both.some((each) => each.doubts !== undefined)
      ? async (signal) => {
          const [now = [], then = []] = await Promise.all([router.doubts?.(signal), former.doubts?.(signal)]);
          return [...now, ...then.map((doubt) => ({ ...doubt, what: `${doubt.what}${mark}` }))];
        }
      : undefined,
    persist: both.some((each) => each.persist !== undefined)
      ? async (color, signal) => {
          const said = await Promise.all(both.map(async (each) => each.persist?.(color, signal)));
          return said.find((each) => each !== undefined);
        }
      : undefined,
  };
  const known = Object.entries(members).filter(([, member]) => member !== undefined);
  return Object.fromEntries(known) as unknown as Router;
}

/** The answers of both routers; the instances of the second carry a mark. */
function marked<T extends { instance: string }>(all: [T[], T[]]): T[] {
  return all.flatMap((each, at) =>
    each.map((answer) => (at === 0 ? answer : { ...answer, instance: `${answer.instance}${mark}` })),
  );
}

/** Denies writes at both routers. */
function bothDenials(one: WriteDenial | undefined, other: WriteDenial | undefined): WriteDenial | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    deny: async (id, ms, signal) =>
      marked(await Promise.all([one.deny(id, ms, signal), other.deny(id, ms, signal)])),
    allow: async (id, signal) => marked(await Promise.all([one.allow(id, signal), other.allow(id, signal)])),
  };
}

/** Holds the writes of both routers. */
function bothHolds(one: WriteHold | undefined, other: WriteHold | undefined): WriteHold | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    maxMs: Math.max(one.maxMs, other.maxMs),
    hold: async (id, signal) => marked(await Promise.all([one.hold(id, signal), other.hold(id, signal)])),
    async release(id, signal) {
      const [now, then] = await Promise.all([one.release(id, signal), other.release(id, signal)]);
      return {
        held: togetherHeld([now.held, then.held].flatMap((each) => each ?? [])),
        silent: [...now.silent, ...then.silent.map((name) => `${name}${mark}`)],
      };
    },
  };
}

/** Returns undefined where the settings cannot be used here. */
function readable<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (cause) {
    if (isBadSettings(cause)) return undefined;
    throw cause;
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).toSorted(([one], [two]) => (one < two ? -1 : 1));
  return `{${entries.map(([key, item]) => `${key}:${canonical(item)}`).join(',')}}`;
}
