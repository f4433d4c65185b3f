/** What the record keeps about an automatic revert: its countdown, and whether a person holds it. */
import { z } from 'zod';
import { actorSchema } from '../actor.ts';
import { labelSchema } from '../label.ts';
import { lineSchema } from '../line.ts';

const instant = z.number();

/**
 * Why Switchback may revert by itself. `compare`: asking both colors says that it helps; `limit`: a number is beyond
 * its limit; `critical`: a critical alert of a named source.
 */
export const causeKinds = ['compare', 'limit', 'critical'] as const;
export type CauseKind = (typeof causeKinds)[number];

const causeSchema = z.looseObject({ kind: labelSchema<CauseKind>(), words: lineSchema });
/** One cause, with a sentence for people, without its full stop. */
export type Cause = z.infer<typeof causeSchema>;

const countdownSchema = z.looseObject({
  /** Random: a press or a revert names the countdown that it is about. */
  id: z.string(),
  startedAt: instant,
  /** When traffic goes back, unless something stops it. */
  endsAt: instant,
  /** Why it began. */
  causes: z.array(causeSchema),
  /** Why it began once more: the time of a hold is over, or no bot ran when the last one ended. */
  again: labelSchema<'hold-over' | 'missed'>().optional(),
  /** How much was left when the message was last drawn: 30 or 10 s; 0: its end passed, and it waits. Absent: all. */
  shown: z.union([z.literal(30), z.literal(10), z.literal(0)]).optional(),
  /** What it waits for although its end has passed; in words, and by its name. */
  waitsFor: lineSchema.optional(),
  waits: z.string().optional(),
  /** True: nothing was known of the colors when it began. */
  uncompared: z.boolean().optional(),
  /** Since when asking both colors shows no difference any more. */
  quietSince: instant.optional(),
  /** A person holds it: nothing is reverted by itself until then. */
  hold: z
    .looseObject({ actor: actorSchema, at: instant, until: instant, reason: z.string().optional() })
    .optional(),
});
/** A countdown to an automatic revert. */
export type Countdown = z.infer<typeof countdownSchema>;

export const autoRevertSchema = z.looseObject({
  /** The epoch and the release that it is about: it counts for no other. */
  epoch: z.int(),
  release: z.string(),
  /** How often a person held it. */
  holds: z.int(),
  countdown: countdownSchema.nullable(),
  /** No countdown begins before this instant: one was just called off. */
  notBefore: instant.optional(),
  /** Nothing is reverted by itself any more: it was tried, or a person decided. */
  over: z.enum(['reverted', 'settled', 'refused']).optional(),
  /** A notice said that the way back does not answer, or must not be used. */
  toldDead: z.boolean().optional(),
});
/** See `autoRevertSchema`. */
export type AutoRevert = z.infer<typeof autoRevertSchema>;

/** How long a person holds a countdown, ms, and how often at most for one release. */
export const holdMs = 600_000;
export const mostHolds = 3;
/** How long a countdown waits after its end until what it needs agrees, ms. Then it is called off. */
export const waitMs = 120_000;
/** How long asking both colors must show no difference before a countdown stops, ms. */
export const quietMs = 30_000;
/** The pause after a countdown was called off, before another may begin, ms. */
export const pauseMs = 60_000;

/** Returns false for a cause that only a newer version knows. */
export function isKnown({ kind }: Cause): boolean {
  return causeKinds.includes(kind);
}

/** The prefix in the agenda of services whose release may be reverted by itself. */
export const countdownDue = 'countdown:';
