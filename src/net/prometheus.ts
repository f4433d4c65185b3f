/** Asks Prometheus, or a server with the same HTTP API, for one number. */
import { z } from 'zod';
import { oneLineText } from './answer-path.ts';
import { type Answered, type Call, call, jsonOf } from './call.ts';
import { firstWords } from './first-words.ts';
import { headersSchema } from './headers.ts';
import { decoded, httpUrlSchema, joinUrl, tokenSchema } from './url.ts';

/** Most bytes of an answer that are read. */
const maxBytes = 1024 * 1024;
/** Most samples of one series that a question can ask for; Prometheus itself refuses more than 11,000. */
export const mostSamples = 2_016;
/** Most series that a message names. */
const mostNamed = 3;

/** Where Prometheus is: a bearer token, or a user and a password, and more headers, such as that of a tenant. */
export const prometheusOptions = {
  url: httpUrlSchema,
  token: tokenSchema.optional(),
  user: z.string().min(1).max(200).optional(),
  password: z.string().min(1).max(1_000).optional(),
  headers: headersSchema.optional(),
};

/** `refine` of a group with these options: at most one way to prove who asks. */
export const oneProof: [
  (options: {
    token?: string | undefined;
    user?: string | undefined;
    password?: string | undefined;
  }) => boolean,
  string,
] = [
  ({ token, user, password }) =>
    (user === undefined) === (password === undefined) && (token === undefined || user === undefined),
  'needs either token, or user and password together, or none of them',
];

/** Where Prometheus is, as a group of its own. */
export const prometheusSchema = z.strictObject(prometheusOptions).refine(...oneProof);
/** Where Prometheus is, parsed. */
export type PrometheusServer = z.output<typeof prometheusSchema>;

/**
 * The answer to a question. `nothing`: there is no number, because nothing was measured. `refused`: this question can
 * have no answer: it has a flaw, or gives something other than one number. `away`: the server did not answer properly.
 * `why` is for people and holds no secret. `warning`: what the server says about its own answer.
 */
export type PrometheusAnswer<Found> =
  | { got: 'found'; found: Found; warning?: string }
  | { got: 'nothing' | 'refused' | 'away'; why: string };

/** A measured number and its time, ms since 1970. */
export interface Sample {
  at: number;
  value: number;
}

/** How long a question may take, ms, and what ends it. */
export interface Asking {
  deadlineMs: number;
  signal: AbortSignal;
}

const pair = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());
const errorSchema = z.object({ status: z.literal('error'), error: z.string() });
const answerSchema = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: pair }),
    z.object({ resultType: z.literal('string'), result: pair }),
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric: labels, value: pair.optional() })),
    }),
    z.object({
      resultType: z.literal('matrix'),
      result: z.array(z.object({ metric: labels, values: z.array(pair).optional() })),
    }),
  ]),
  warnings: z.array(z.string()).optional(),
});
type Data = z.output<typeof answerSchema>['data'];

/** Asks for the number that a query gives now. Never throws. */
export async function askNow(
  server: PrometheusServer,
  query: string,
  asking: Asking,
): Promise<PrometheusAnswer<number>> {
  const read = await ask(server, '/api/v1/query', { query }, asking);
  if ('why' in read) return read;
  const { data, warning } = read;
  if (data.resultType === 'matrix') return refused('it gives a range of numbers, not one');
  const one = oneOf(data);
  if ('why' in one) return one;
  const [value] = one.pairs.map(([, text]) => numberIn(text));
  if (value === undefined) return { got: 'away', why: 'its answer is not a number' };
  if (!Number.isFinite(value))
    return { got: 'nothing', why: `it gives ${one.pairs[0]?.[1]}, as a division by zero does` };
  return { got: 'found', found: value, ...warning };
}

/**
 * Asks for the numbers that a query gave from `fromAt` to `toAt`, every `stepMs`: at most 2,016. What is not a finite
 * number is left out. Never throws.
 */
export async function askRange(
  server: PrometheusServer,
  query: string,
  range: { fromAt: number; toAt: number; stepMs: number },
  asking: Asking,
): Promise<PrometheusAnswer<Sample[]>> {
  const { fromAt, toAt, stepMs } = range;
  const fields = {
    query,
    start: seconds(fromAt),
    end: seconds(toAt),
    step: seconds(Math.max(stepMs, (toAt - fromAt) / (mostSamples - 1))),
  };
  const read = await ask(server, '/api/v1/query_range', fields, asking);
  if ('why' in read) return read;
  const { data, warning } = read;
  if (data.resultType !== 'matrix') return { got: 'away', why: 'its answer is not a range' };
  const one = oneOf(data);
  if ('why' in one) return one;
  const found: Sample[] = [];
  for (const [at, text] of one.pairs) {
    const value = numberIn(text);
    if (value === undefined) return { got: 'away', why: 'its answer has something that is not a number' };
    if (Number.isFinite(value)) found.push({ at: at * 1000, value });
  }
  if (found.length === 0) return { got: 'nothing', why: 'it has no data' };
  return { got: 'found', found, ...warning };
}

type Refusal = Extract<PrometheusAnswer<never>, { why: string }>;

function refused(why: string): Refusal {
  return { got: 'refused', why };
}

async function ask(
  server: PrometheusServer,
  path: string,
  fields: Record<string, string>,
  { deadlineMs, signal }: Asking,
): Promise<{ data: Data; warning: { warning?: string } } | Refusal> {
  const url = joinUrl(server.url, path);
  url.search = new URL(server.url).search;
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  // The server gives up too: nobody reads a later answer.
  url.searchParams.set('timeout', seconds(deadlineMs));
  const { headers, secrets } = proofOf(server);
  const answer = await call({ method: 'GET', url, headers, deadlineMs, signal, maxBytes });
  if (!answer.answered) return { got: 'away', why: answer.reason };
  const json = jsonOf(answer.body);
  if (answer.status !== 200) return failed(answer, json, secrets);
  const read = answerSchema.safeParse(json);
  if (!read.success) return { got: 'away', why: 'its answer is not one of Prometheus' };
  const { data, warnings = [] } = read.data;
  const warning = firstWords(warnings[0] ?? '', '', secrets);
  return { data, warning: warning === '' ? {} : { warning } };
}

/** The words of an answer that is no success; 400 and 422 are about the question itself. */
function failed({ status, body }: Answered, json: unknown, secrets: string[]): Refusal {
  const said = errorSchema.safeParse(json);
  const words = firstWords(said.success ? said.data.error : body, '', secrets);
  const why = `answered ${status}${words === '' ? '' : `: ${words}`}`;
  // A question that takes too long, or too much memory, is answered 422 or 503, and may have an answer next time.
  if (said.success && (status === 400 || (status === 422 && !/timed out|canceled/i.test(words))))
    return refused(words);
  return { got: 'away', why };
}

function proofOf({ url, token, user, password, headers = {} }: PrometheusServer): {
  headers: NonNullable<Call['headers']>;
  secrets: string[];
} {
  const basic = user === undefined ? undefined : Buffer.from(`${user}:${password ?? ''}`).toString('base64');
  const proof = token !== undefined ? `Bearer ${token}` : basic === undefined ? undefined : `Basic ${basic}`;
  return {
    headers: { ...(proof !== undefined && { authorization: proof }), ...headers },
    secrets: [token, password, basic, decoded(new URL(url).password), ...Object.values(headers)].flatMap(
      (secret) => secret || [],
    ),
  };
}

type Pairs = z.output<typeof pair>[];

/** The numbers of the only series. */
function oneOf(data: Data): { pairs: Pairs } | Refusal {
  switch (data.resultType) {
    case 'scalar':
      return { pairs: [data.result] };
    case 'string':
      return refused('it gives a text, not a number');
    case 'vector':
      return onlyOf(data.result.map(({ metric, value }) => ({ metric, pairs: value && [value] })));
    case 'matrix':
      return onlyOf(data.result.map(({ metric, values }) => ({ metric, pairs: values })));
    default:
      return data satisfies never;
  }
}

function onlyOf(
  series: readonly { metric: Record<string, string>; pairs: Pairs | undefined }[],
): { pairs: Pairs } | Refusal {
  const [first] = series;
  if (first === undefined) return { got: 'nothing', why: 'it has no data' };
  if (series.length > 1) return refused(severalWords(series.map(({ metric }) => metric)));
  return first.pairs ? { pairs: first.pairs } : refused('it gives a histogram, not a number');
}

function severalWords(series: readonly Record<string, string>[]): string {
  const named = series.slice(0, mostNamed).map((metric) => {
    const all = Object.entries(metric).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return oneLineText(`{${all.join(', ')}}`, 80);
  });
  const more = series.length > mostNamed ? ', …' : '';
  return `it gives ${series.length} series, not one: ${named.join(', ')}${more}; put sum(…) or max(…) around it`;
}

/** Reads a number as Prometheus writes it; undefined for anything else. */
function numberIn(text: string): number | undefined {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (text === 'NaN') return Number.NaN;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
