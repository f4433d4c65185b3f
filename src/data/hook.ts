/** Databases that another program turns, by HTTP. */
import { z } from 'zod';
import { call, jsonOf } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { headersSchema } from '../net/headers.ts';
import { whyAborted } from '../net/explain.ts';
import { pause } from '../net/deadline.ts';
import { askNow, oneProof, prometheusOptions } from '../net/prometheus.ts';
import { askAgain } from '../net/retry-after.ts';
import { httpUrlSchema, shownUrl, tokenSchema } from '../net/url.ts';
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import type { Data, Missed, TurnOrder, TurnResult } from '../release/data.ts';
import { durationSchema, formatDuration, parseDuration } from '../release/duration.ts';
import { fillQuery, querySchema } from '../release/promql.ts';

const askedMs = 2_000;
const againMs = 200;
const mostTables = 1_000;

/**
 * Options of databases that another program turns. `lag`: where it says how far the other side is behind; or a query to
 * Prometheus for seconds. `turn`: gets a `POST`. `missed`: says what one side has that the other has not.
 */
export const dataHookOptions = z.strictObject({
  kind: z.literal('hook'),
  lag: z.union([
    httpUrlSchema,
    z.strictObject({ ...prometheusOptions, promql: querySchema(['service', 'color']) }).refine(...oneProof),
  ]),
  turn: httpUrlSchema,
  missed: httpUrlSchema.optional(),
  token: tokenSchema.optional(),
  headers: headersSchema.optional(),
  deadline: durationSchema.prefault('10s'),
  maxLag: durationSchema.prefault('1s'),
});
type DataHookOptions = z.output<typeof dataHookOptions>;

const lagSchema = z.union([
  z.number().nonnegative(),
  z.object({ lag: z.union([z.number().nonnegative(), z.string().max(20)]) }).transform(({ lag }) => lag),
]);
const instant = z.union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))]);
const missedSchema = z.object({
  tables: z.array(z.object({ table: z.string().max(200), rows: z.int().nonnegative() })).max(mostTables),
  since: instant.nullish(),
  until: instant.nullish(),
});

type Asked<T> = { got: T } | { why: string };

/** Makes the port. */
export function dataHook(service: string, options: DataHookOptions): Data {
  const { maxLag } = options;
  return {
    async gate(to, signal) {
      const lag = await askLag(service, options, otherColor(to), signal);
      if ('why' in lag)
        return {
          ok: false,
          why: `nobody can say how far ${to} is behind: ${lag.why}`,
          fix: 'correct cutover.data.lag',
        };
      if (lag.got <= maxLag) return { ok: true, lagMs: Math.round(lag.got) };
      return {
        ok: false,
        why: `the database of ${to} is ${formatDuration(lag.got)} behind, more than ${formatDuration(maxLag)}`,
        fix: 'wait, or look at its replication',
      };
    },
    async lag(writable, signal) {
      const lag = await askLag(service, options, writable, signal);
      return 'got' in lag ? Math.round(lag.got) : undefined;
    },
    turn: (to, order) => turn(service, options, to, order),
    missed: (color, signal) => askMissed(options, color, signal),
  };
}

function proofOf({ token, headers }: DataHookOptions): { token?: string; headers?: Record<string, string> } {
  return { ...(token !== undefined && { token }), ...(headers && { headers }) };
}

async function askJson(
  options: DataHookOptions,
  target: string,
  color: Color,
  signal: AbortSignal,
): Promise<Asked<unknown>> {
  const url = new URL(target);
  url.searchParams.set('color', color);
  const answer = await call({ method: 'GET', url, ...proofOf(options), deadlineMs: askedMs, signal });
  if (!answer.answered) return { why: `${shownUrl(target)}: ${answer.reason}` };
  if (answer.status < 200 || answer.status > 299)
    return { why: `${shownUrl(target)} ${answeredWith(answer)}` };
  return { got: jsonOf(answer.body) };
}

/** How far the side that follows `writable` is behind, ms. */
async function askLag(
  service: string,
  options: DataHookOptions,
  writable: Color,
  signal: AbortSignal,
): Promise<Asked<number>> {
  const { lag } = options;
  if (typeof lag !== 'string') {
    const filled = fillQuery(lag.promql, { service, color: otherColor(writable) });
    if ('missing' in filled) return { why: `{${filled.missing}} has no value` };
    const answer = await askNow(lag, filled.query, { deadlineMs: askedMs, signal });
    return answer.got === 'found' ? { got: answer.found * 1000 } : { why: `Prometheus: ${answer.why}` };
  }
  const asked = await askJson(options, lag, writable, signal);
  if ('why' in asked) return asked;
  const read = lagSchema.safeParse(asked.got);
  const ms = typeof read.data === 'number' ? read.data * 1000 : parseDuration(read.data ?? '');
  return ms === undefined ? { why: `${shownUrl(lag)} does not answer with a lag` } : { got: ms };
}

async function turn(
  service: string,
  options: DataHookOptions,
  to: Color,
  order: TurnOrder,
): Promise<TurnResult> {
  const name = shownUrl(options.turn);
  const force = order.force === true;
  const body = { service, to, from: otherColor(to), id: order.id, force };
  // The same call again has the same number: a turn back and there again is another one.
  const last = order.begun.at(-1);
  const number = Number(last?.step.split(' ').at(-1) ?? 0) + (last?.to === to ? 0 : 1);
  if (!(await order.before(`turn to ${to} ${number}`)))
    return { turned: false, why: 'another process goes on' };
  const key = `${order.id}-${number}-${to}`;
  const endAt = performance.now() + options.deadline;
  for (;;) {
    const answer = await call({
      method: 'POST',
      url: options.turn,
      ...proofOf(options),
      headers: { ...options.headers, 'idempotency-key': key },
      json: body,
      deadlineMs: Math.max(1, endAt - performance.now()),
      signal: order.signal,
      body: 'ignore',
      mayWrite: () => order.mayWrite(),
    });
    if (answer.answered && answer.status >= 200 && answer.status <= 299) return { turned: true, notes: [] };
    const why = answer.answered ? `${name} ${answeredWith(answer)}` : `${name}: ${answer.reason}`;
    const again = !answer.answered || answer.status >= 500 || askAgain.has(answer.status);
    if (order.signal.aborted) return { turned: false, why: `${name}: ${whyAborted(order.signal)}` };
    if (!again || !order.mayWrite() || performance.now() + againMs >= endAt) return { turned: false, why };
    await pause(againMs, order.signal);
  }
}

async function askMissed(
  options: DataHookOptions,
  color: Color,
  signal: AbortSignal,
): Promise<Missed | undefined> {
  if (options.missed === undefined) return undefined;
  const asked = await askJson(options, options.missed, color, signal);
  const read = missedSchema.safeParse('got' in asked ? asked.got : undefined);
  if (!read.success) return undefined;
  const { tables, since, until } = read.data;
  return {
    tables: tables.filter(({ rows }) => rows > 0),
    ...(typeof since === 'number' && { since }),
    ...(typeof until === 'number' && { until }),
  };
}
