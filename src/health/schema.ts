import { z } from 'zod';
import { answerPathSchema, jsonBody, oneLineText } from '../net/answer-path.ts';
import { call } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { joinUrl, pathSchema, withoutQuery } from '../net/url.ts';
import type { SchemaAnswer, SchemaCheck, SchemaSaid } from '../release/schema.ts';
import type { ColorUrls } from './timing.ts';

/** How long a color may take, ms. */
const timeoutMs = 1_000;

/** Where a color reports the schema: the path that is asked, and the names of the fields in its JSON. */
export const schemaOptions = z.strictObject({
  path: pathSchema.optional(),
  needs: answerPathSchema,
  reads: answerPathSchema.optional(),
  at: answerPathSchema.optional(),
});
/** The options, parsed. */
export type SchemaOptions = z.output<typeof schemaOptions>;

/** A number of a schema; also as text. */
const version = z.union([
  z.int().min(0),
  z
    .string()
    .trim()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);
const reads = z.union([
  version.transform((one) => [one, one] as const),
  z.tuple([version, version]),
  z.object({ min: version, max: version }).transform(({ min, max }) => [min, max] as const),
  z
    .string()
    .regex(/^\s*\d{1,15}\s*(?:-|–|\.\.|to)\s*\d{1,15}\s*$/)
    .transform((text) => text.match(/\d+/g)?.map(Number) ?? []),
]);

/** Makes the question about the schema. `asked`: the path where the options have none. */
export function schemaCheck(
  { path, ...fields }: SchemaOptions,
  colors: ColorUrls,
  asked: { path: string; headers?: Readonly<Record<string, string>> | undefined },
): SchemaCheck {
  const where = path ?? asked.path;
  const name = `GET ${withoutQuery(where)}`;
  return {
    async ask(color, signal) {
      const answer = await call({
        method: 'GET',
        url: joinUrl(colors[color].url, where),
        headers: path === undefined ? (asked.headers ?? {}) : {},
        deadlineMs: timeoutMs,
        signal,
      });
      const no = (why: string): SchemaAnswer => ({ ok: false, why: `${color}: ${name} ${why}` });
      if (!answer.answered) return no(`got no answer: ${answer.reason}`);
      if (answer.status < 200 || answer.status > 299) return no(answeredWith(answer));
      const read = readSchema(answer.body, fields);
      return typeof read === 'string' ? no(`answered ${read}`) : { ok: true, said: read };
    },
  };
}

/** Reads an answer; a text says what is wrong with it, after `answered`. */
export function readSchema(body: string, names: Omit<SchemaOptions, 'path'>): SchemaSaid | string {
  const json = jsonBody(body);
  if (json === undefined) return 'something that is not JSON';
  const valueAt = (path: string | undefined): unknown =>
    path === undefined ? undefined : (json.valueAt(path) ?? undefined);
  const shown = (value: unknown): string => oneLineText(JSON.stringify(value), 60);
  const own = valueAt(names.needs);
  if (own === undefined) return `without "${names.needs}"`;
  const needs = version.safeParse(own);
  if (!needs.success) return `${shown(own)} at "${names.needs}", which is no whole number`;
  const range = valueAt(names.reads);
  const read = reads.safeParse(range ?? needs.data);
  const [min, max] = read.data ?? [1, 0];
  if (min > max || needs.data < min || needs.data > max)
    return `${shown(range)} at "${names.reads}", which is no range with ${needs.data} in it`;
  const now = valueAt(names.at);
  const at = version.optional().safeParse(now);
  if (!at.success) return `${shown(now)} at "${names.at}", which is no whole number`;
  return { needs: needs.data, min, max, ...(at.data !== undefined && { at: at.data }) };
}
