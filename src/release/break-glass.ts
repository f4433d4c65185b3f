import { z } from 'zod';
import { colorSchema } from './color.ts';
import { serviceNameSchema } from './settings.ts';

const text = z.string().max(1_000);
const instanceSchema = z.object({
  instance: text,
  heading: z.enum(['blue', 'green', 'unknown', 'unreachable']),
  detail: text.optional(),
});

/** What the command line did to a router while the storage was unavailable, as its file says. */
export const breakGlassSchema = z.object({
  schema: z.literal(1),
  id: z.uuid(),
  service: serviceNameSchema,
  /** `begun`: written before the router is; a file that stays so belongs to a process that died. */
  status: z.enum(['begun', 'done', 'partly', 'failed']),
  actor: z.object({ kind: z.literal('cli'), name: z.string().max(64), person: z.string().optional() }),
  /** The machine on which it was done, and that machine's clock. */
  host: text,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  reason: z.string().min(1).max(300),
  /** Why the record could not be read, if that was the cause; absent: the storage was unavailable. */
  unreadable: text.optional(),
  /** True: the color's health was not checked. */
  force: z.boolean(),
  target: colorSchema,
  /** What the router said before. */
  saw: z.array(instanceSchema).max(64),
  /** What the target answered before: its version, or why it is not healthy. */
  health: text.optional(),
  /** What the router said afterwards, by instance. */
  result: z.array(instanceSchema).max(64).optional(),
  probe: text.optional(),
  /** Why it is not done, or what else failed. */
  cause: text.optional(),
});
/** One move of break-glass; see `breakGlassSchema`. */
export type BreakGlassEntry = z.infer<typeof breakGlassSchema>;
/** What one router instance said. */
export type BreakGlassInstance = BreakGlassEntry['saw'][number];

/** Returns `blue`, or `blue on r1, unreachable on r2`. */
export function breakGlassHeadings(answers: readonly BreakGlassInstance[]): string {
  const [first] = answers;
  if (first && answers.every(({ heading }) => heading === first.heading)) return first.heading;
  return answers.map(({ instance, heading }) => `${heading} on ${instance}`).join(', ');
}
