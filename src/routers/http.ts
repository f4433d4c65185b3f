import { z } from 'zod';
import { plainText } from '../net/answer-path.ts';
import { call, jsonOf } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { httpUrlSchema, shownUrl, tokenSchema } from '../net/url.ts';
import { type Color, colorSchema } from '../release/color.ts';
import { durationSchema } from '../release/duration.ts';
import { longestWriteMs } from '../release/keeping.ts';
import type { PointAnswer, ReadyAnswer, Router, RouterAnswer } from '../release/ports.ts';
import { settlesSchema } from '../release/settings.ts';

const readDeadlineMs = 2000;
/** Questions after which the word of a router that was written to counts: several behind one URL give other answers. */
const looks = 3;

/** Options of a router that is asked and told by HTTP. */
export const httpRouterOptions = z.strictObject({
  kind: z.literal('http'),
  url: httpUrlSchema,
  token: tokenSchema.optional(),
  /** Of one write: connecting, request and answer together. It must fit in the service lease. */
  deadline: durationSchema
    .refine((ms) => ms >= 100 && ms <= longestWriteMs, { error: 'must be from 100ms to 2s' })
    .prefault('1s'),
  settles: settlesSchema,
});

const standing = z.object({
  color: z.string(),
  ready: z.partialRecord(colorSchema, z.boolean()).optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  epoch: z.int().nonnegative().optional().catch(undefined),
});

/** A router with an HTTP interface: `GET` says where traffic goes, `PUT` points it. One instance. */
export function httpRouter(options: z.output<typeof httpRouterOptions>): Router {
  const { url, token, deadline } = options;
  const instance = shownUrl(url);
  let written: Color | undefined;

  async function ask(signal: AbortSignal): Promise<RouterAnswer> {
    const answer = await call({ method: 'GET', url, token, deadlineMs: readDeadlineMs, signal });
    if (!answer.answered) return { instance, heading: 'unreachable', detail: answer.reason };
    // Something in front of the router answers 5xx when the router itself cannot be reached.
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
    return { instance, heading: 'unknown', detail: `says "${plainText(body.data.color, 64)}"` };
  }

  return {
    instances: [instance],
    async live(signal) {
      const first = await ask(signal);
      if (first.heading !== written) return [first];
      const more = await Promise.all(Array.from({ length: looks - 1 }, () => ask(signal)));
      const other = more.find(({ heading }) => heading !== 'unreachable' && heading !== first.heading);
      if (other === undefined) return [first];
      const detail = `its answers contradict each other: ${first.heading}, then ${other.detail ?? other.heading}. Are there several routers behind this URL?`;
      return [{ instance, heading: 'unknown', detail }];
    },
    async ready(color, signal): Promise<ReadyAnswer[]> {
      const answer = await call({ method: 'GET', url, token, deadlineMs: readDeadlineMs, signal });
      if (!answer.answered) return [{ instance, ready: 'unreachable', detail: answer.reason }];
      const well = answer.status >= 200 && answer.status <= 299;
      const said = well ? standing.partial().safeParse(jsonOf(answer.body)).data : undefined;
      const could = said?.ready?.[color];
      if (could === undefined) return [{ instance, ready: 'unknown' }];
      if (could) return [{ instance, ready: 'yes' }];
      const why = said?.reason === undefined ? '' : `: ${plainText(said.reason, 200)}`;
      return [{ instance, ready: 'no', detail: `the router says that it could not serve ${color}${why}` }];
    },
    async point(color, epoch, leave, only) {
      if (only !== undefined && !only.includes(instance)) return [];
      written = color;
      const answer = await call({
        method: 'PUT',
        url,
        token,
        json: { color, epoch },
        deadlineMs: deadline,
        signal: leave.signal,
        body: 'ignore',
        mayWrite: () => leave.mayWrite(deadline),
      });
      if (!answer.answered) {
        return [{ instance, outcome: answer.sent ? 'unclear' : 'unreachable', detail: answer.reason }];
      }
      if (answer.status >= 200 && answer.status <= 299) return [{ instance, outcome: 'taken' }];
      const outcome: PointAnswer['outcome'] = answer.status >= 500 ? 'unclear' : 'refused';
      return [{ instance, outcome, detail: answeredWith(answer) }];
    },
  };
}
