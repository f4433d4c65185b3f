import { z } from 'zod';
import { colorSchema } from '../../../../src/release/color.ts';
import { ailments } from '../colors.ts';
import type { Asked } from './api.ts';

const text = z.string().max(4_000);
const id = z.string().min(1).max(100);
const to = <Name extends string, Word extends string>(name: Name, words: readonly Word[]) =>
  z.strictObject({ name: z.literal(name), to: z.enum(words) });

/** The calls of the page, by the name in the path. */
export const asked = {
  say: z.strictObject({ person: id, channel: id, thread: id.optional(), text }),
  press: z.strictObject({ person: id, channel: id, ts: id, action: id, option: text.optional() }),
  submit: z.strictObject({
    person: id,
    view: id,
    values: z.record(id, z.record(id, text)),
  }),
  close: z.strictObject({ person: id, view: id }),
  lever: z.discriminatedUnion('name', [
    z.strictObject({ name: z.literal('break'), color: colorSchema, ailment: z.enum(ailments) }),
    z.strictObject({ name: z.literal('fix'), color: colorSchema }),
    to('database', ['down', 'up']),
    to('router', ['unreachable', 'reachable']),
    z.strictObject({ name: z.literal('move'), color: colorSchema }),
    to('slack', ['429', 'down', 'up']),
    to('bot', ['kill', 'kill-in-promote', 'start']),
  ]),
} satisfies { [Key in keyof Asked]: z.ZodType<unknown> };

/** A call, parsed. */
export type Question = {
  [Key in keyof Asked]: { name: Key; body: z.output<(typeof asked)[Key]> };
}[keyof Asked];

/** Parses a call; undefined for an unknown name, or a body that does not fit. */
export function readQuestion(name: string, body: unknown): Question | undefined {
  if (!Object.hasOwn(asked, name)) return undefined;
  const key = name as keyof Asked;
  const read = asked[key].safeParse(body);
  return read.success ? ({ name: key, body: read.data } as Question) : undefined;
}
