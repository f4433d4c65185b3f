/** Requests that both colors are asked at the same moment, to see whether the other color would do better. */
import { z } from 'zod';
import type { Call, CallAnswer } from '../net/call.ts';
import { headersSchema } from '../net/headers.ts';
import { keepBriefly } from '../net/kept-briefly.ts';
import { joinUrl, pathSchema } from '../net/url.ts';
import { otherStatus, statusSchema } from '../net/wanted.ts';
import type { Color } from '../release/color.ts';
import { durationSchema } from '../release/duration.ts';
import type { PairAnswer, Pairs } from '../release/evidence/pair-requests.ts';

/** Most requests that take turns. */
const mostRequests = 20;
/** The shortest and the longest pause between two pairs, and the longest time for one request, ms. */
const shortestEveryMs = 100;
const longestEveryMs = 10_000;
const longestTimeoutMs = 10_000;
/**
 * How long a connection is kept at most, ms; and a third of a block. An outage of so long counts once (`blocks.ts`): so
 * does one machine of several that a connection leads to.
 */
const keptMs = 3_000;

/** One request that changes nothing, and the statuses of a good answer. */
const requestOptions = z.strictObject({
  method: z.enum(['GET', 'HEAD'], { error: 'must be GET or HEAD: it must change nothing' }).default('GET'),
  path: pathSchema,
  headers: headersSchema.optional(),
  status: statusSchema.prefault('2xx'),
  timeout: durationSchema
    .refine((ms) => ms <= longestTimeoutMs, { error: 'must be at most 10s' })
    .prefault('2s'),
});

/** A request, parsed. */
export type PairRequestOptions = z.output<typeof requestOptions>;

/**
 * Options of pairs: `requests` take turns, one in each pair (default: those of the http health checks; none: no
 * pairs). A pair is asked `every` so often; `block`: see docs/evidence.md. Durations, parsed to ms.
 */
export const pairOptions = {
  requests: z.array(requestOptions).max(mostRequests).optional(),
  every: durationSchema
    .refine((ms) => ms >= shortestEveryMs && ms <= longestEveryMs, { error: 'must be 100ms to 10s' })
    .prefault('500ms'),
  block: durationSchema
    .refine((ms) => ms >= 1_000 && ms <= 600_000, { error: 'must be 1s to 10m' })
    .prefault('10s'),
};

/** Makes the pairs of a service. Undefined: there is nothing to ask. */
export function makePairs(
  { requests, every, block }: { requests: readonly PairRequestOptions[]; every: number; block: number },
  colors: Readonly<Record<Color, { readonly url: string }>>,
): Pairs | undefined {
  const keep = (): Ask => keepBriefly({ forMs: Math.min(keptMs, block / 3), everyMs: every });
  const ask = { blue: keep(), green: keep() };
  const [first, ...others] = requests.map((options) => {
    const urls = {
      blue: joinUrl(colors.blue.url, options.path),
      green: joinUrl(colors.green.url, options.path),
    };
    return (color: Color, signal: AbortSignal) => askOnce(options, ask[color], urls[color], signal);
  });
  return first && { requests: [first, ...others], everyMs: every, blockMs: block };
}

type Ask = (it: Call) => Promise<CallAnswer>;

async function askOnce(
  { method, headers = {}, status, timeout }: PairRequestOptions,
  ask: Ask,
  url: URL,
  signal: AbortSignal,
): Promise<PairAnswer> {
  const began = performance.now();
  const answer = await ask({
    method,
    url,
    headers,
    deadlineMs: timeout,
    signal,
    body: 'ignore',
  });
  const ms = performance.now() - began;
  return { ok: answer.answered && otherStatus(status, answer) === undefined, ms };
}
