/** What the comparison of answers says to people. Names of fields and paths stand in it as they are: literally. */
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { ServiceRecord } from '../release.ts';
import type { Diff, PathDiff } from './diff.ts';
import type { BriefDiff, SavedDiff } from './saved-diff.ts';

/** Fields that are parts of an answer, and not of its JSON. */
const parts = new Set(['status', 'content-type', 'location', 'text', 'body']);
/** Most paths, and most fields of one, that a sentence names. */
const [mostPaths, mostFields] = [3, 3];

/** Returns `field total`, `status`, or `fields a, b and 2 more`. `of`: how many there are. */
export function fieldWords(fields: readonly string[], of = fields.length): string {
  const named = fields.slice(0, mostFields);
  const more = of > named.length ? ` and ${of - named.length} more` : '';
  const kind = named.some((name) => !parts.has(name)) ? (of === 1 ? 'field ' : 'fields ') : '';
  return `${kind}${named.join(', ')}${more}`;
}

/** Returns `412 of 415 alike; 3 differ: /cart (field total)`, without a full stop. */
export function diffWords(diff: BriefDiff): string {
  const { alike, differ, unsure, failed, differing, of } = diff;
  if (alike + differ + unsure + failed === 0) return 'nothing compared yet';
  const named = differing.slice(0, mostPaths).map((one) => `${one.path} (${fieldWords(one.fields, one.of)})`);
  const more = of > named.length ? ` and ${of - named.length} more` : '';
  return named.length === 0 ? countWords(diff) : `${countWords(diff)}: ${named.join(', ')}${more}`;
}

/** Those that differ come last, for what stands after them. */
function countWords({
  alike,
  differ,
  unsure,
  failed,
}: Pick<Diff, 'alike' | 'differ' | 'unsure' | 'failed'>): string {
  return [
    `${alike} of ${alike + differ} alike`,
    ...(failed > 0 ? [`${failed} not compared`] : []),
    ...(unsure > 0 ? [`${unsure} may differ by chance`] : []),
    ...(differ > 0 ? [`${differ} differ`] : []),
  ].join('; ');
}

/** Returns one path in words: its counts, the fields that differ, and why it was not compared. */
export function pathLine({ path, fields, why, ...counts }: PathDiff): Line {
  const found = fields.length > 0 ? `: ${fieldWords(fields)}` : '';
  const reason = why === undefined ? '' : `; the newest was not compared: ${why}`;
  return line`${path}: ${countWords(counts)}${found}${reason}`;
}

/** Returns a share in percent: `0.7 %`. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

/** Returns what was found of the version that is staged or being promoted. */
export function savedDiff({
  state,
  diff,
  releases,
}: Pick<ServiceRecord, 'state' | 'diff' | 'releases'>): SavedDiff | undefined {
  return (state === 'staged' || state === 'promoting') && diff?.release === releases[0]?.id
    ? diff
    : undefined;
}
