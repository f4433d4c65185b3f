import { z } from 'zod';
import type { Resolve } from '../net/addresses.ts';
import { jsonOf } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { isHttpUrl, shownUrl } from '../net/url.ts';
import type { Color } from '../release/color.ts';
import { writeMs } from '../release/limits.ts';
import type { PointAnswer, ReadyAnswer, Router, RouterAnswer, WritePermit } from '../release/ports.ts';
import { settlesSchema } from '../release/settings.ts';
import { caddyAdmin, countsOf, etagOf, forgets, isRefusal } from './caddy-admin.ts';
import { caddyDenial, cannotDeny } from './caddy-denial.ts';
import { readHandler, type HandlerTarget, upstreamsTo } from './caddy-handler.ts';
import { agreed, type UrlPlace } from './url-places.ts';
import type { HoldOptions } from './write-options.ts';

/** Most attempts of one switch, where somebody else changes the handler between read and write. */
const mostTries = 3;

const adminSchema = z
  .string()
  .refine(
    (text) => (isHttpUrl(text) ? !/[?#]/.test(text) : /^unix:\/[^\0]+$/.test(text)),
    'must be the address of the admin API: http://host:2019 or unix:/path',
  );
const idSchema = z
  .string()
  .regex(/^[^\p{Z}\p{C}/?#%]{1,256}$/u, 'must be the @id of a handler: no space, and none of / ? # %');
const dialSchema = z
  .string()
  .regex(
    /^(?:(?:tcp\/)?(?:\[[\da-f:.]+\]|[^\s:/[\]{}@]+):\d{1,5}|unix\/\/[^\s{}]+)$/i,
    'must be what "dial" says in Caddy: host:port without http://, or unix//path',
  )
  .refine((dial) => Number(/:(\d+)$/.exec(dial)?.[1] ?? 1) <= 65_535, 'has a port above 65535');

/** Options of a router that is Caddy with a `reverse_proxy` handler. */
export const caddyRouterOptions = z.strictObject({
  kind: z.literal('caddy'),
  admin: adminSchema,
  id: idSchema,
  upstreams: z
    .strictObject({ blue: dialSchema, green: dialSchema })
    .refine(({ blue, green }) => blue !== green, 'must differ for blue and green'),
  settles: settlesSchema,
});

/**
 * The result of reading the handler. `told`: Caddy's configuration says so, and will until somebody changes it. Without
 * `standing`, Caddy does not answer, and `reason` says why.
 */
type Look =
  | { standing: HandlerTarget; etag: string | undefined; told: boolean }
  | { standing: undefined; reason: string };

/** Makes a router of Caddy's admin API. `find`: looks host names up. */
export function caddyRouter(
  options: z.output<typeof caddyRouterOptions>,
  find?: Resolve,
  hold?: HoldOptions,
): Router {
  const { admin: address, id, upstreams: dials } = options;
  const admin = caddyAdmin(address, find);
  const path = `/id/${encodeURIComponent(id)}`;
  const written = new Map<string, Color>();
  const denial = hold?.mode === 'deny' ? caddyDenial(admin, id, hold) : undefined;

  async function look(place: UrlPlace, signal: AbortSignal): Promise<Look> {
    const answer = await admin.get(place, path, signal);
    if (!answer.answered) return { standing: undefined, reason: answer.reason };
    const { status } = answer;
    // A proxy in front of Caddy answers 5xx when Caddy is unreachable.
    if (status >= 500) return { standing: undefined, reason: answeredWith(answer) };
    const known = status >= 200 && status <= 299;
    const missing = status === 404 && /unknown object id/i.test(answer.words);
    const standing = known
      ? readHandler(jsonOf(answer.body), id, dials)
      : { heading: 'unknown' as const, ...(missing ? missingId(id) : { detail: answeredWith(answer) }) };
    return { standing, etag: known ? etagOf(answer) : undefined, told: missing || known };
  }

  async function ask(place: UrlPlace, signal: AbortSignal): Promise<RouterAnswer> {
    const { instance } = place;
    const seen = await look(place, signal);
    if (seen.standing === undefined) return { instance, heading: 'unreachable', detail: seen.reason };
    const { heading, detail, repair } = seen.standing;
    return { instance, heading, ...(detail !== undefined && { detail }), repair };
  }

  async function live(
    place: UrlPlace,
    signal: AbortSignal,
    wanted: Color | undefined,
  ): Promise<RouterAnswer> {
    const first = await ask(place, signal);
    const told = written.get(place.instance);
    if (admin.single || first.heading !== told || (wanted !== undefined && wanted !== told)) return first;
    return agreed(first, () => ask(place, signal));
  }

  async function ready(place: UrlPlace, color: Color, signal: AbortSignal): Promise<ReadyAnswer> {
    const found = await serves(place, color, signal);
    if (denial === undefined || (found.ready !== 'yes' && found.ready !== 'unknown')) return found;
    const without = await cannotDeny(admin, place, id, signal);
    return without === undefined ? found : { ...found, detail: without.what, stopsPromotes: true };
  }

  async function serves(place: UrlPlace, color: Color, signal: AbortSignal): Promise<ReadyAnswer> {
    const { instance } = place;
    const seen = await look(place, signal);
    if (seen.standing === undefined) return { instance, ready: 'unreachable', detail: seen.reason };
    const { upstreams, detail = '', repair, maxFails } = seen.standing;
    if (upstreams === undefined)
      return seen.told
        ? { instance, ready: 'no', detail, lasting: true, repair }
        : { instance, ready: 'unknown', detail };
    if (seen.etag === undefined) return { instance, ready: 'no', lasting: true, ...noEtag };
    if (maxFails === undefined) return { instance, ready: 'yes' };
    const fails = (await countsOf(admin, place, dials[color], signal))?.fails ?? 0;
    if (fails < maxFails) return { instance, ready: 'yes' };
    return {
      instance,
      ready: 'no',
      detail: `Caddy considers ${dials[color]} (${color}) down: ${fails} failed requests lately`,
    };
  }

  async function point(place: UrlPlace, color: Color, permit: WritePermit): Promise<PointAnswer> {
    const { instance } = place;
    for (let left = mostTries; left > 0; left -= 1) {
      const seen = await look(place, permit.signal);
      if (seen.standing === undefined) return { instance, outcome: 'unreachable', detail: seen.reason };
      const { upstreams, detail, repair } = seen.standing;
      if (upstreams === undefined)
        return {
          instance,
          outcome: 'refused',
          detail: `${detail}; that is left unchanged`,
          repair,
        };
      if (seen.etag === undefined) return { instance, outcome: 'refused', ...noEtag };
      written.set(instance, color);
      const answer = await admin.send(place, `${path}/upstreams`, {
        method: 'PATCH',
        headers: { 'if-match': seen.etag },
        json: upstreamsTo(dials[color], upstreams),
        deadlineMs: writeMs,
        signal: permit.signal,
        body: 'ignore',
        mayWrite: () => permit.mayWrite(writeMs),
      });
      if (!answer.answered)
        return { instance, outcome: answer.sent ? 'unclear' : 'unreachable', detail: answer.reason };
      if (answer.status >= 200 && answer.status <= 299) return { instance, outcome: 'taken' };
      if (answer.status !== 412)
        return { instance, outcome: isRefusal(answer) ? 'refused' : 'unclear', detail: answeredWith(answer) };
    }
    return { instance, outcome: 'refused', detail: `somebody else changed it ${mostTries} times in a row` };
  }

  const each = async <T>(work: (place: UrlPlace) => Promise<T>): Promise<T[]> =>
    Promise.all((await admin.places()).map((place) => work(place)));
  return {
    instances: [admin.single ? address : shownUrl(address)],
    live: (signal, wanted) => each((place) => live(place, signal, wanted)),
    knowsColors: true,
    atOnce: true,
    ...(denial && { denial }),
    advice: {
      correct: (color) =>
        `make the handler with the @id of router.id dial only router.upstreams, or start ${color} (docs/caddy.md)`,
      reach: 'start Caddy, and make its admin API listen at router.admin',
      names: 'compare router.id and router.upstreams with what Caddy has (docs/caddy.md)',
      tells: 'connect the bot to the admin API of Caddy without a proxy',
    },
    ready: (color, signal) => each((place) => ready(place, color, signal)),
    async left(color, signal) {
      const counts = await each((place) => countsOf(admin, place, dials[color], signal));
      return counts.reduce<number | undefined>(
        (sum, one) => (sum === undefined || one === undefined ? undefined : sum + one.requests),
        0,
      );
    },
    doubts: async (signal) =>
      (
        await each(async (place) => {
          const found = [
            await forgets(admin, place, signal),
            denial && (await cannotDeny(admin, place, id, signal)),
          ];
          return found.flatMap((one) => (one ? [{ ...one, what: `${place.instance}: ${one.what}` }] : []));
        })
      ).flat(),
    async point(color, _epoch, permit, only) {
      const some = (await admin.places()).filter(
        ({ instance }) => only === undefined || only.includes(instance),
      );
      return Promise.all(some.map((place) => point(place, color, permit)));
    },
  };
}

function missingId(id: string): { detail: string; repair: string } {
  return {
    detail: `nothing in Caddy has the id ${id}: a reload of a Caddyfile loses it`,
    repair: `give the reverse_proxy handler "@id": "${id}" again`,
  };
}

/** Without an ETag, somebody else's change could be lost. */
const noEtag = {
  detail: 'its answer has no ETag, so another change could be lost',
  repair: 'make router.admin lead to Caddy itself, without a proxy',
};
