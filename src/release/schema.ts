/** The version of the database's schema: what each color needs of it, and whether that fits. See docs/way-back.md. */
import { z } from 'zod';
import { colorSchema } from './color.ts';
import type { Color } from './color.ts';

/** What a color reports: the version that it was built for, the range that it works with, the database's version. */
export interface SchemaSaid {
  needs: number;
  min: number;
  max: number;
  at?: number;
}

/** An answer about it. `why`: nobody knows, a sentence without its full stop. */
export type SchemaAnswer = { ok: true; said: SchemaSaid } | { ok: false; why: string };

/** Asks a color. Never throws for what fails outside: that is an answer. */
export interface SchemaCheck {
  ask(color: Color, signal: AbortSignal): Promise<SchemaAnswer>;
}

const keptAnswer = z.looseObject({
  needs: z.int().optional(),
  min: z.int().optional(),
  max: z.int().optional(),
  /** Why nothing is known of it. */
  why: z.string().optional(),
});

/** What a release keeps: the database's version as far as known, and what each color said last. */
export const keptSchema = z.looseObject({
  at: z.int().optional(),
  said: z.partialRecord(colorSchema, keptAnswer).optional(),
});
/** See `keptSchema`. */
export type KeptSchema = z.infer<typeof keptSchema>;

/** What both colors answered at one look. */
export type SchemaLook = Readonly<Record<Color, SchemaAnswer>>;

/**
 * Returns the look as a release keeps it. The database has the version that a color reports of it. Where none does, it
 * has the highest one that a running color was built for: it has run its migrations. `before`: what was known.
 */
export function keptOf(look: SchemaLook, before: KeptSchema | undefined): KeptSchema {
  const said = Object.values(look).flatMap((answer) => (answer.ok ? [answer.said] : []));
  const reported = said.flatMap(({ at }) => (at === undefined ? [] : [at]));
  const known = reported.length > 0 ? reported : [...said.map(({ needs }) => needs), before?.at ?? []].flat();
  const kept = (answer: SchemaAnswer): z.infer<typeof keptAnswer> => {
    if (!answer.ok) return { why: answer.why };
    const { needs, min, max } = answer.said;
    return { needs, min, max };
  };
  return {
    ...(known.length > 0 && { at: Math.max(...known) }),
    said: { blue: kept(look.blue), green: kept(look.green) },
  };
}

/** `40 to 41`, or `41 only`. */
function range(min: number, max: number): string {
  return min === max ? `${min} only` : `${min} to ${max}`;
}

/** What is known of a color. Undefined: it was not asked. */
export type SchemaFit =
  | { fits: true; at: number }
  | { fits: false; words: string; reason: string }
  | { fits: 'unknown'; why: string };

/** Returns whether a color works with the database, in words without a full stop where it does not. */
export function fitOf(kept: KeptSchema | undefined, color: Color): SchemaFit | undefined {
  const of = kept?.said?.[color];
  if (!kept || !of) return undefined;
  const { needs, min, max, why = 'no answer' } = of;
  const { at } = kept;
  if (at === undefined || needs === undefined || min === undefined || max === undefined)
    return { fits: 'unknown', why };
  if (min <= at && at <= max) return { fits: true, at };
  return {
    fits: false,
    words: `${color} was built for ${needs}, the database is at ${at}: it will not start`,
    reason: `${color} reads ${range(min, max)}, the database is at ${at}`,
  };
}

/** Returns the same as a sentence for a dialog; empty: nothing is known to say. */
export function schemaSentence(kept: KeptSchema | undefined, color: Color): string {
  const fit = fitOf(kept, color);
  if (fit === undefined) return '';
  if (fit.fits === 'unknown') return `Whether ${color} fits the database's schema is not known.`;
  return fit.fits ? `Schema ${fit.at}: compatible.` : `${fit.words[0]?.toUpperCase()}${fit.words.slice(1)}.`;
}
