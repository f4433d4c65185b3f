/** Counts the comparisons of a release, and tells what differs from what changes by itself. Pure. */
import { z } from 'zod';
import type { Difference } from './compare-answers.ts';

/**
 * In a field that changes by chance, alike on both colors, any of three answers is as likely to be the odd one: two of
 * the live color, and one of the idle color. So a comparison in which the idle one is odd has a chance of 1/3 among
 * those with one odd answer. These are the logarithms of 0.9 and 0.1 over those chances.
 */
const [lnOdd, lnNoise] = [Math.log(0.9 / (1 / 3)), Math.log(0.1 / (2 / 3))];
/** The evidence at which a field differs: chance alone reaches it in one of a thousand fields at most. */
const lnBar = Math.log(1_000);
/** A field that changes its ways is seen again after some comparisons. */
const lnMost = 2 * lnBar;
const lnLeast = -10;
/** Most fields that are remembered of one path. */
const mostFields = 50;

const count = z.int().min(0);
const pathSchema = z.looseObject({
  alike: count,
  differ: count,
  /** Different, but maybe by chance. */
  unsure: count,
  /** Not compared. */
  failed: count,
  /** Why the newest one was not compared; absent: it was. */
  why: z.string().optional(),
  fields: z.array(z.looseObject({ name: z.string(), ln: z.number() })),
});
/** What was found at one path. `ln`: the evidence that a field differs. */
export type PathCounts = z.infer<typeof pathSchema>;

/** The counts of a release as they are kept. `digest`: of the settings that the paths come from. */
export const countsSchema = z.looseObject({
  release: z.string(),
  epoch: z.int(),
  digest: z.string(),
  paths: z.array(pathSchema),
});
/** The counts of a release. */
export type Counts = z.infer<typeof countsSchema>;

/** No comparison yet. */
export const noCounts: PathCounts = { alike: 0, differ: 0, unsure: 0, failed: 0, fields: [] };

/** Takes in what one comparison says about the fields. */
export function weigh(path: PathCounts, { odd, noisy }: Difference): PathCounts {
  const oddNow = new Set(odd);
  const noisyNow = new Set(noisy);
  const known = path.fields.map((field) => {
    const ln = field.ln + (oddNow.has(field.name) ? lnOdd : noisyNow.has(field.name) ? lnNoise : 0);
    oddNow.delete(field.name);
    return { ...field, ln: Math.max(lnLeast, Math.min(lnMost, ln)) };
  });
  const more = [...oddNow].map((name) => ({ name, ln: lnOdd }));
  return { ...path, fields: [...known, ...more].slice(0, mostFields) };
}

/** What one field is: `may`: nobody can say yet. */
function isOf({ fields }: PathCounts, name: string): 'different' | 'noise' | 'may' {
  const ln = fields.find((each) => each.name === name)?.ln;
  if (ln === undefined) return 'may';
  return ln >= lnBar ? 'different' : ln <= 0 ? 'noise' : 'may';
}

/** True while asking once more may say whether these fields differ. */
export function isOpen(path: PathCounts, odd: readonly string[]): boolean {
  return odd.some((name) => isOf(path, name) === 'may');
}

/** Counts one comparison, in which these fields were odd. */
export function counted(path: PathCounts, odd: readonly string[]): PathCounts {
  const { why: _, ...rest } = path;
  const kinds = new Set(odd.map((name) => isOf(path, name)));
  if (kinds.has('different')) return { ...rest, differ: path.differ + 1 };
  if (kinds.has('may')) return { ...rest, unsure: path.unsure + 1 };
  return { ...rest, alike: path.alike + 1 };
}

/** Counts what could not be compared, and why. */
export function notCompared(path: PathCounts, why: string): PathCounts {
  return { ...path, failed: path.failed + 1, why };
}

/** Returns the fields of a path that differ. */
export function differing({ fields }: PathCounts): string[] {
  return fields.filter(({ ln }) => ln >= lnBar).map(({ name }) => name);
}
