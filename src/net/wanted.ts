import { z } from 'zod';
import { answerPathSchema, jsonBody, oneLineText } from './answer-path.ts';
import type { Answered } from './call.ts';

const status = z.union([
  z.int().min(100).max(599).transform(String),
  z
    .string()
    .regex(/^[1-5](?:\d\d|xx)$/i, 'must be a status such as 200, or a class such as 2xx')
    .toLowerCase(),
]);

/** One status, a class such as `2xx`, or a list of both; parsed to a list of texts. */
export const statusSchema = z
  .union([status, z.array(status).min(1)])
  .transform((written) => [written].flat());

/** Checks a status: undefined when it is wanted; otherwise the wanted ones in words: `200 or 2xx`. */
export function otherStatus(wanted: readonly string[], { status: got }: Answered): string | undefined {
  const fits = wanted.some((each) => each === String(got) || each === `${Math.floor(got / 100)}xx`);
  return fits ? undefined : wanted.join(' or ');
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'must be text, a number, true, false or null',
});

/** The required value at a path of the JSON answer. A text also fits a number of the same characters. */
export const expectSchema = z
  .strictObject({
    path: answerPathSchema,
    equals: scalar.optional(),
    oneOf: z.array(scalar).min(1).optional(),
  })
  .refine(({ equals, oneOf }) => (equals === undefined) !== (oneOf === undefined), {
    error: 'needs either equals or oneOf',
  })
  .transform(({ path, equals, oneOf }) => ({ path, values: oneOf ?? [equals ?? null] }));

/** What is wrong with an answer's JSON, in words that follow the question's name; undefined: nothing. */
export function unexpected(
  { path, values }: z.output<typeof expectSchema>,
  answer: Answered,
): string | undefined {
  const json = jsonBody(answer.body);
  if (json === undefined)
    return `answered something that is not JSON${answer.words === '' ? '' : `: ${answer.words}`}`;
  const value = json.valueAt(path);
  if (value === undefined) return `answered without "${path}"`;
  const text = json.textAt(path);
  if (values.some((wanted) => wanted === value || (typeof wanted === 'string' && wanted === text)))
    return undefined;
  const got = typeof value === 'string' ? shown(value) : oneLineText(text ?? JSON.stringify(value), 64);
  return `says ${path} ${got}, wanted ${values.map(shown).join(' or ')}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${oneLineText(value, 64)}"` : String(value);
}
