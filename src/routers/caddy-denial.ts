/** Denies writes in Caddy: by the routes of a `subroute` handler that a person put in front of the proxy. */
import { z } from 'zod';
import { jsonOf } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { writeMs } from '../release/limits.ts';
import type { Doubt } from '../release/ports.ts';
import type { HoldAnswer, WriteDenial } from '../release/write-hold.ts';
import { type CaddyAdmin, etagOf } from './caddy-admin.ts';
import type { UrlPlace } from './url-places.ts';
import { type HoldOptions, readOnlyText } from './write-options.ts';

/** Most attempts of one change, where somebody else changes the handler between read and write. */
const mostTries = 3;
/** Another process began the window at most this long after the time that stands in it: the deadline, a whole second. */
const begunWithinMs = writeMs + 1_000;

/** The window as it stands in Caddy: its name, and from when until when, in whole seconds of Caddy's clock. */
interface Standing {
  id: string;
  from: number;
  until: number;
}

/** Caddy compares whole seconds of its own clock with both ends, for each request. */
const now = 'int({time.now.unix})';
const expression = /^int\(\{time\.now\.unix\}\) >= (\d{1,12}) && int\(\{time\.now\.unix\}\) < (\d{1,12})$/;
const prefix = 'switchback-';

const handlerSchema = z.looseObject({
  handler: z.literal('subroute'),
  routes: z
    .array(z.looseObject({ '@id': z.string(), match: z.tuple([z.looseObject({ expression: z.string() })]) }))
    .max(1)
    .nullish(),
});

/** The id of the handler that denies writes in front of the handler `id`. */
function frontOf(id: string): string {
  return `${id}-writes`;
}

/** Denies writes in front of the handler `id`. */
export function caddyDenial(
  admin: CaddyAdmin,
  id: string,
  { methods }: Pick<HoldOptions, 'methods'>,
): WriteDenial {
  const front = frontOf(id);
  const path = `/id/${encodeURIComponent(front)}`;
  /** When this process began a window, by `performance.now()`. */
  const begun = new Map<string, { id: string; from: number; at: number }>();

  function forMs({ instance }: UrlPlace, standing: Standing, second: number): number {
    const own = begun.get(instance);
    if (own?.id === standing.id && own.from === standing.from) return performance.now() - own.at;
    return Math.max(0, (second - standing.from) * 1000 - begunWithinMs);
  }

  /** Looks, and writes what `wanted` makes of it; undefined: it may stay as it is. Resolves to what stands then. */
  async function change(
    place: UrlPlace,
    signal: AbortSignal,
    wanted: (standing: Standing | undefined, second: number) => Standing | 'none' | undefined,
  ): Promise<{ why: string } | { standing: Standing | undefined; second: number }> {
    for (let left = mostTries; left > 0; left -= 1) {
      const seen = await admin.get(place, path, signal);
      if (!seen.answered) return { why: seen.reason };
      if (seen.status !== 200) return { why: missing(front, answeredWith(seen)) };
      const read = handlerSchema.safeParse(jsonOf(seen.body));
      if (!read.success) return { why: foreign(front) };
      const second = Math.floor(Date.parse(String(seen.headers['date'])) / 1000);
      const etag = etagOf(seen);
      if (Number.isNaN(second) || etag === undefined) return { why: 'its answer has no Date or no ETag' };
      const standing = standingOf(read.data);
      const next = wanted(standing, second);
      if (next === undefined) return { standing, second };
      const routes = next === 'none' ? [] : [routeOf(next, methods)];
      const answer = await admin.send(place, path, {
        method: 'PATCH',
        headers: { 'if-match': etag },
        json: { ...read.data, routes },
        deadlineMs: writeMs,
        signal,
        body: 'ignore',
      });
      if (!answer.answered) return { why: answer.reason };
      if (answer.status >= 200 && answer.status <= 299)
        return { standing: next === 'none' ? undefined : next, second };
      if (answer.status !== 412) return { why: answeredWith(answer) };
    }
    return { why: `somebody else changed ${front} ${mostTries} times in a row` };
  }

  async function deny(place: UrlPlace, name: string, ms: number, signal: AbortSignal): Promise<HoldAnswer> {
    const { instance } = place;
    let begins = false;
    const done = await change(place, signal, (standing, second) => {
      const goesOn = standing?.id === name && standing.from <= second && second + 1 < standing.until;
      // The second may be nearly over.
      if (goesOn && (standing.until - second - 1) * 1000 >= ms) return undefined;
      begins = !goesOn;
      // Each change reloads Caddy, so it lasts for longer than was asked for.
      const until = second + Math.ceil((ms * 1.5) / 1000);
      return { id: name, from: goesOn ? standing.from : second, until };
    });
    if ('why' in done) return { instance, held: false, detail: done.why };
    if (done.standing === undefined) return { instance, held: false };
    const { from } = done.standing;
    if (begins) begun.set(instance, { id: name, from, at: performance.now() });
    return { instance, held: true, forMs: forMs(place, done.standing, done.second) };
  }

  async function allow(place: UrlPlace, name: string, signal: AbortSignal): Promise<HoldAnswer> {
    const { instance } = place;
    const done = await change(place, signal, (standing) => (standing?.id === name ? 'none' : undefined));
    return 'why' in done ? { instance, held: true, detail: done.why } : { instance, held: false };
  }

  const each = async (work: (place: UrlPlace) => Promise<HoldAnswer>): Promise<HoldAnswer[]> =>
    Promise.all((await admin.places()).map((place) => work(place)));
  return {
    deny: (name, ms, signal) => each((place) => deny(place, name, ms, signal)),
    allow: (name, signal) => each((place) => allow(place, name, signal)),
  };
}

/** Says why Caddy cannot deny writes in front of the handler `id`; undefined: it can. */
export async function cannotDeny(
  admin: CaddyAdmin,
  place: UrlPlace,
  id: string,
  signal: AbortSignal,
): Promise<Doubt | undefined> {
  const front = frontOf(id);
  const seen = await admin.get(place, '/config/apps/http/servers', signal);
  if (seen.answered && seen.status === 200 && standsBefore(jsonOf(seen.body), front, id)) return undefined;
  const what = !seen.answered
    ? seen.reason
    : seen.status === 200
      ? `it cannot deny writes: no subroute handler with the @id ${front} stands in front of ${id}`
      : answeredWith(seen);
  return { what, fix: `put { "@id": "${front}", "handler": "subroute" } in front of it (docs/caddy.md)` };
}

/** True where one list of handlers has the first id, as a subroute, and later the second. */
function standsBefore(json: unknown, first: string, second: string): boolean {
  const left: unknown[] = [json];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one !== 'object' || one === null) continue;
    if (Array.isArray(one)) {
      const ids = one.map((each: unknown) => (each as { '@id'?: unknown } | null)?.['@id']);
      const at = ids.indexOf(first);
      if (at >= 0) return ids.indexOf(second) > at && handlerSchema.safeParse(one[at]).success;
    }
    for (const part of Object.values(one)) left.push(part);
  }
  return false;
}

function standingOf({ routes }: z.output<typeof handlerSchema>): Standing | undefined {
  const [route] = routes ?? [];
  const [, from, until] = expression.exec(route?.match[0].expression ?? '') ?? [];
  if (!route?.['@id'].startsWith(prefix)) return undefined;
  return { id: route['@id'].slice(prefix.length), from: Number(from), until: Number(until) };
}

function routeOf({ id, from, until }: Standing, methods: readonly string[]): object {
  return {
    '@id': `${prefix}${id}`,
    match: [{ method: methods, expression: `${now} >= ${from} && ${now} < ${until}` }],
    handle: [
      {
        handler: 'static_response',
        status_code: 503,
        headers: {
          'Retry-After': ['20'],
          'Content-Type': ['text/plain'],
          'Cache-Control': ['no-store'],
        },
        body: readOnlyText,
      },
    ],
  };
}

function missing(front: string, said: string): string {
  return /unknown object id/i.test(said) ? `nothing in Caddy has the id ${front}` : said;
}

function foreign(front: string): string {
  return `${front} is not an empty subroute handler, nor one of Switchback's`;
}
