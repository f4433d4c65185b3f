import { z } from 'zod';
import { oneLineText } from '../net/answer-path.ts';
import type { Resolve } from '../net/addresses.ts';
import { type CallAnswer, call, jsonOf } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { httpUrlSchema, shownUrl, tokenSchema } from '../net/url.ts';
import { type Color, colorSchema } from '../release/color.ts';
import { durationSchema } from '../release/duration.ts';
import { longestWriteMs } from '../release/limits.ts';
import type { PointAnswer, ReadyAnswer, Router, RouterAnswer, WritePermit } from '../release/ports.ts';
import { settlesSchema } from '../release/settings.ts';
import { agreed, placesOfUrl } from './url-places.ts';
import type { UrlPlace } from './url-places.ts';

const readDeadlineMs = 2000;

/** Options of a router with an HTTP interface. */
export const httpRouterOptions = z.strictObject({
  kind: z.literal('http'),
  url: httpUrlSchema,
  token: tokenSchema.optional(),
  /** The deadline of one write: connecting, request and answer together. It must fit in the service lease. */
  deadline: durationSchema
    .refine((ms) => ms >= 100 && ms <= longestWriteMs, { error: 'must be from 100ms to 2s' })
    .prefault('1s'),
  settles: settlesSchema,
});

const standing = z.object({
  color: z.string(),
  ready: z.record(z.string(), z.unknown()).optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  epoch: z.int().nonnegative().optional().catch(undefined),
});

/** Shared: a schema is compiled at its first use. */
const readiness = standing.partial();

/**
 * Makes a router with an HTTP interface: `GET` says where traffic goes, `PUT` points it. A host with several addresses
 * is that many instances, each with its own request; a host behind a proxy is one. `find`: looks host names up.
 */
export function httpRouter(options: z.output<typeof httpRouterOptions>, find?: Resolve): Router {
  const { url, token, deadline } = options;
  const places = placesOfUrl(url, find);
  const written = new Map<string, Color>();

  const each = async <T>(work: (place: UrlPlace) => Promise<T>): Promise<T[]> =>
    Promise.all((await places()).map((place) => work(place)));
  const get = ({ address }: UrlPlace, signal: AbortSignal): Promise<CallAnswer> =>
    call({ method: 'GET', url, address, token, deadlineMs: readDeadlineMs, signal });

  async function ask(place: UrlPlace, signal: AbortSignal): Promise<RouterAnswer> {
    const { instance } = place;
    const answer = await get(place, signal);
    if (!answer.answered) return { instance, heading: 'unreachable', detail: answer.reason };
    // A proxy in front of the router answers 5xx when the router is unreachable.
    if (answer.status >= 500) {
      return { instance, heading: 'unreachable', detail: answeredWith(answer) };
    }
    if (answer.status < 200 || answer.status > 299) {
      return { instance, heading: 'unknown', detail: answeredWith(answer) };
    }
    const body = standing.safeParse(jsonOf(answer.body));
    if (!body.success) return { instance, heading: 'unknown', detail: 'answered without a "color"' };
    const color = colorSchema.safeParse(body.data.color);
    const { epoch } = body.data;
    if (color.success) return { instance, heading: color.data, ...(epoch !== undefined && { epoch }) };
    return { instance, heading: 'unknown', detail: `says "${oneLineText(body.data.color, 64)}"` };
  }

  async function live(
    place: UrlPlace,
    signal: AbortSignal,
    wanted: Color | undefined,
  ): Promise<RouterAnswer> {
    const first = await ask(place, signal);
    const told = written.get(place.instance);
    if (first.heading !== told || (wanted !== undefined && wanted !== told)) return first;
    return agreed(first, () => ask(place, signal));
  }

  async function ready(place: UrlPlace, color: Color, signal: AbortSignal): Promise<ReadyAnswer> {
    const { instance } = place;
    const answer = await get(place, signal);
    if (!answer.answered) return { instance, ready: 'unreachable', detail: answer.reason };
    const well = answer.status >= 200 && answer.status <= 299;
    const said = well ? readiness.safeParse(jsonOf(answer.body)).data : undefined;
    const could = said?.ready?.[color];
    if (could === true) return { instance, ready: 'yes' };
    if (could !== false) return { instance, ready: 'unknown' };
    const why = said?.reason === undefined ? '' : `: ${oneLineText(said.reason, 200)}`;
    return { instance, ready: 'no', detail: `the router says that it could not serve ${color}${why}` };
  }

  async function point(
    { instance, address }: UrlPlace,
    color: Color,
    epoch: number,
    permit: WritePermit,
  ): Promise<PointAnswer> {
    written.set(instance, color);
    const answer = await call({
      method: 'PUT',
      url,
      address,
      token,
      json: { color, epoch },
      deadlineMs: deadline,
      signal: permit.signal,
      body: 'ignore',
      mayWrite: () => permit.mayWrite(deadline),
    });
    if (!answer.answered) {
      return { instance, outcome: answer.sent ? 'unclear' : 'unreachable', detail: answer.reason };
    }
    if (answer.status >= 200 && answer.status <= 299) return { instance, outcome: 'taken' };
    const outcome: PointAnswer['outcome'] = answer.status >= 500 ? 'unclear' : 'refused';
    return { instance, outcome, detail: answeredWith(answer) };
  }

  return {
    instances: [shownUrl(url)],
    advice: {
      correct: (color) => `check what the router has for ${color} (docs/http-router.md)`,
      reach: 'start the router, or correct router.url',
      names: 'make the router answer with one of the two colors, and correct router.url and router.token',
      tells: 'make the router answer with "ready" (docs/http-router.md)',
    },
    live: (signal, wanted) => each((place) => live(place, signal, wanted)),
    ready: (color, signal) => each((place) => ready(place, color, signal)),
    async point(color, epoch, permit, only) {
      const some = (await places()).filter(({ instance }) => only === undefined || only.includes(instance));
      return Promise.all(some.map((place) => point(place, color, epoch, permit)));
    },
  };
}
