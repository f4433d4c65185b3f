import type { Resolve } from '../net/addresses.ts';
import { oneLineText } from '../net/answer-path.ts';
import type { Color } from '../release/color.ts';
import type { PointAnswer, ReadyAnswer, Router, RouterAnswer, Doubt, WritePermit } from '../release/ports.ts';
import { cannotHold, haproxyDenial, haproxyHold } from './haproxy-hold.ts';
import { askEntry } from './haproxy-map.ts';
import type { Entry } from './haproxy-map.ts';
import type { HaproxyRouterOptions } from './haproxy-options.ts';
import { placesOf } from './haproxy-places.ts';
import type { HaproxyPlace } from './haproxy-places.ts';
import { backendsCommand, readBackends, readSessions, repairFor } from './haproxy-ready.ts';
import { askHaproxy } from './haproxy-socket.ts';
import { writeMapFile } from './map-file.ts';
import type { HoldOptions } from './write-options.ts';

const readDeadlineMs = 2000;
/** Deadline of a write, in ms: it must fit in the service lease. */
const writeDeadlineMs = 1000;
const answerBytes = 64 * 1024;
/** Connections for each address: different answers reveal a balancer in front of several routers. */
const looks = 3;

/** Makes a router of HAProxy's runtime API, for each instance separately. `find`: looks host names up. */
export function haproxyRouter(options: HaproxyRouterOptions, find?: Resolve, hold?: HoldOptions): Router {
  const { address: instances, map, key, values, mapFile } = options;
  const places = placesOf(instances, find);
  const writes = hold?.mode === 'hold' ? haproxyHold(places, key, hold) : undefined;
  const denial = hold?.mode === 'deny' ? haproxyDenial(places, key, hold) : undefined;
  const holdless = async (place: HaproxyPlace, signal: AbortSignal): ReturnType<typeof cannotHold> =>
    writes || denial ? cannotHold(place, key, signal) : undefined;

  async function ask(
    { instance, address }: HaproxyPlace,
    signal: AbortSignal,
    wanted: Color | undefined,
  ): Promise<RouterAnswer> {
    const look = (): Promise<Entry> => askEntry(address, options, signal);
    const first = await look();
    const enough = wanted !== undefined && first.heading !== wanted;
    if (enough || first.heading === 'unreachable' || address.startsWith('unix:'))
      return { instance, ...first };
    const more = await Promise.all(Array.from({ length: looks - 1 }, look));
    // An unreachable instance serves nobody.
    const other = more.find(({ heading }) => heading !== 'unreachable' && heading !== first.heading);
    if (other === undefined) return { instance, ...first };
    return { instance, heading: 'unknown', detail: contradicting(first, other) };
  }

  async function ready(
    { instance, address }: HaproxyPlace,
    color: Color,
    signal: AbortSignal,
  ): Promise<ReadyAnswer> {
    const reply = await askHaproxy({
      address,
      command: backendsCommand(options, color),
      deadlineMs: readDeadlineMs,
      maxBytes: answerBytes * 16,
      signal,
    });
    if (reply.outcome !== 'answered') return { instance, ready: 'unreachable', detail: reply.detail };
    const found = { instance, ...readBackends(reply.text, values[color], map) };
    if (found.ready !== 'yes' && found.ready !== 'unknown') return found;
    const without = await holdless({ instance, address }, signal);
    // A denial that no request comes through is none: a revert would lose writes.
    const stops = without !== undefined && (denial !== undefined || without.maybe === undefined);
    return stops ? { ...found, detail: without.detail, stopsPromotes: true } : found;
  }

  async function doubtsOfHold(place: HaproxyPlace, signal: AbortSignal): Promise<Doubt[]> {
    const without = await holdless(place, signal);
    if (without === undefined) return [];
    const what = `${place.instance} cannot be seen to hold or deny writes: ${without.detail}`;
    return [{ what, fix: 'add the two lines of docs/held-writes.md to its configuration' }];
  }

  async function point(place: HaproxyPlace, color: Color, permit: WritePermit): Promise<PointAnswer> {
    const set = await write(place, `set map ${map} ${key} ${values[color]}`, permit);
    const { answer } = set.missing
      ? await write(place, `add map ${map} ${key} ${values[color]}`, permit)
      : set;
    const refused = answer.outcome === 'refused' && repairFor(answer.detail ?? '', map);
    return refused ? { ...answer, repair: refused } : answer;
  }

  const each = async <T>(work: (place: HaproxyPlace) => Promise<T>): Promise<T[]> =>
    Promise.all((await places()).map((place) => work(place)));
  const router: Router = {
    instances,
    ...(writes && { writes }),
    ...(denial && { denial }),
    live: (signal, wanted) => each((place) => ask(place, signal, wanted)),
    knowsColors: true,
    atOnce: true,
    advice: {
      correct: (color) =>
        `correct router.values, or the backend and the servers that HAProxy has for ${color} (docs/haproxy.md)`,
      reach:
        'start HAProxy, correct router.address, and let the stats socket have "level admin" (docs/haproxy.md)',
      names: 'compare router.map, router.key and router.values with what HAProxy has (docs/haproxy.md)',
      tells: 'make router.values name the backends',
    },
    ready: (color, signal) => each((place) => ready(place, color, signal)),
    async left(color, signal) {
      const counts = await each((place) => sessions(place, values[color], signal));
      return counts.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0);
    },
    doubts: async (signal) => [
      ...(await each((place) => balanced(place, signal))).flat(),
      ...(await each((place) => doubtsOfHold(place, signal))).flat(),
    ],
    async point(color, _epoch, permit, only) {
      const all = await places();
      const some = all.filter(({ instance }) => only === undefined || only.includes(instance));
      return Promise.all(some.map((place) => point(place, color, permit)));
    },
  };
  if (mapFile === undefined) return router;
  return { ...router, persist: (color, signal) => writeMapFile(mapFile, key, values[color], signal) };
}

/** The requests and connections that a backend serves now. */
async function sessions(
  { address }: HaproxyPlace,
  backend: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const command = `show stat ${backend} 2 -1`;
  const ask = { address, command, deadlineMs: readDeadlineMs, maxBytes: answerBytes, signal };
  const reply = await askHaproxy(ask);
  return reply.outcome === 'answered' ? readSessions(reply.text) : undefined;
}

/** True when several processes answer at one address. */
async function balanced({ instance, address }: HaproxyPlace, signal: AbortSignal): Promise<Doubt[]> {
  if (address.startsWith('unix:')) return [];
  const seen = new Set<string>();
  for (let look = 0; look <= looks && !signal.aborted; look += 1) {
    const ask = { address, command: 'show info', deadlineMs: readDeadlineMs, maxBytes: answerBytes, signal };
    const reply = await askHaproxy(ask);
    if (reply.outcome !== 'answered') continue;
    const [pid, node] = ['Pid', 'node'].map(
      (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(reply.text)?.[1] ?? '?',
    );
    seen.add(`process ${oneLineText(pid ?? '?', 20)} of ${oneLineText(node ?? '?', 60)}`);
  }
  if (seen.size < 2) return [];
  const what = `${instance} leads to ${seen.size} different HAProxies (${[...seen].join(', ')})`;
  return [{ what, fix: 'give each HAProxy an address of its own' }];
}

function contradicting(one: Entry, other: Entry): string {
  const said = [one, other].map(({ heading, detail }) => detail ?? heading).join(', then ');
  return `its answers contradict each other: ${said}. Are there several routers behind this address? Name each one separately`;
}

/** Writes one command. `missing`: the map has no such entry. */
async function write(
  { instance, address }: HaproxyPlace,
  command: string,
  permit: WritePermit,
): Promise<{ answer: PointAnswer; missing: boolean }> {
  const reply = await askHaproxy({
    address,
    command,
    deadlineMs: writeDeadlineMs,
    maxBytes: answerBytes,
    signal: permit.signal,
    mayWrite: () => permit.mayWrite(),
  });
  if (reply.outcome !== 'answered')
    return { answer: { instance, outcome: reply.outcome, detail: reply.detail }, missing: false };
  if (reply.text === '') return { answer: { instance, outcome: 'taken' }, missing: false };
  const missing = /^entry not found\.?$/i.test(reply.text);
  return { answer: { instance, outcome: 'refused', detail: oneLineText(reply.text, 200) }, missing };
}
