/** What comparing the answers of both colors has found about a staged version. */
import type { Configured } from '../command.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import { isBadSettings } from '../fault.ts';
import { settingsFor } from '../parts.ts';
import type { Parts } from '../parts.ts';
import type { ServiceRecord } from '../release.ts';
import { countsSchema, differing } from './counts.ts';
import type { Counts } from './counts.ts';
import type { Mirror } from './port.ts';
import type { BriefDiff } from './saved-diff.ts';

/** Most paths, and most fields of one, that a record keeps. */
const [mostPaths, mostFields] = [3, 3];

/** What was found at one path. `fields`: those that differ. `why`: of the newest one that was not compared. */
export interface PathDiff {
  path: string;
  alike: number;
  differ: number;
  unsure: number;
  failed: number;
  fields: string[];
  why?: string | undefined;
}

/** All paths, and the sums of their counts. */
export interface Diff extends Omit<PathDiff, 'path' | 'fields' | 'why'> {
  paths: PathDiff[];
}

/** The name under which the counts of a service are kept. */
export function keptAs(service: string): string {
  return `mirror:${service}`;
}

/** Reads what a process kept about the staged version; undefined: nothing, or of another version or other paths. */
export function readCounts(
  json: string | null,
  { releases, epoch }: Pick<ServiceRecord, 'releases' | 'epoch'>,
  { digest, mirror }: { digest: string; mirror: Mirror },
): Counts | undefined {
  if (json === null) return undefined;
  try {
    const counts = countsSchema.safeParse(JSON.parse(json)).data;
    const isSame =
      counts?.release === releases[0]?.id &&
      counts?.epoch === epoch &&
      counts.digest === digest &&
      counts.paths.length === mirror.paths.length;
    return isSame ? counts : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the counts for people. */
export function diffOf({ paths }: Mirror, counts: Pick<Counts, 'paths'> | undefined): Diff {
  const each = paths.map(({ shown: path }, i): PathDiff => {
    const of = counts?.paths[i];
    const { alike = 0, differ = 0, unsure = 0, failed = 0, why } = of ?? {};
    return { path, alike, differ, unsure, failed, fields: of ? differing(of) : [], why };
  });
  const sum = (key: 'alike' | 'differ' | 'unsure' | 'failed'): number =>
    each.reduce((all, one) => all + one[key], 0);
  return {
    paths: each,
    alike: sum('alike'),
    differ: sum('differ'),
    unsure: sum('unsure'),
    failed: sum('failed'),
  };
}

/** True while a version waits for its promote, or is being promoted. */
export function isCompared({ state }: Pick<ServiceRecord, 'state'>): boolean {
  return state === 'staged' || state === 'promoting';
}

/**
 * Returns what is known about the version that is staged; undefined: none is, or nothing is compared. Throws
 * `Fault('storage-unavailable')`, and `Fault('bad-settings')`.
 */
export async function diffFor(
  { evidence, adapters }: Pick<Parts, 'evidence' | 'adapters'>,
  record: ServiceRecord,
  configured: Configured,
): Promise<Diff | undefined> {
  if (configured.settings.mirror === undefined || !isCompared(record)) return undefined;
  const { mirror } = adapters(record.service, configured);
  if (mirror === undefined) return undefined;
  const { json } = await evidence.load(keptAs(record.service));
  return diffOf(mirror, readCounts(json, record, { digest: configured.digest, mirror }));
}

/** What `diff` shows; or why there is nothing, as a sentence. */
export type FoundDiff = { diff: Diff } | { why: Line };

/** Returns what is known about the staged version of a service. Throws `Fault('storage-unavailable')`. */
export async function diffNow(parts: Parts, service: string): Promise<FoundDiff> {
  const { record } = await parts.store.load(service);
  if (!record) return { why: line`It is not known yet which color is live.` };
  try {
    const configured = settingsFor(parts, service, record);
    if (configured?.settings.mirror === undefined)
      return { why: line`There is nothing to compare: ${{ code: 'mirror.paths' }} names no GET.` };
    const diff = await diffFor(parts, record, configured);
    return diff
      ? { diff }
      : { why: line`${service} is ${record.state}: answers are compared while a version is staged.` };
  } catch (cause) {
    if (isBadSettings(cause)) return { why: line`The settings of this release cannot be read here.` };
    throw cause;
  }
}

/** Returns what a record keeps of a difference. */
export function brief({ alike, differ, unsure, failed, paths }: Diff): BriefDiff {
  const differing = paths.filter(({ fields }) => fields.length > 0);
  return {
    alike,
    differ,
    unsure,
    failed,
    differing: differing
      .slice(0, mostPaths)
      .map(({ path, fields }) => ({ path, fields: fields.slice(0, mostFields), of: fields.length })),
    of: differing.length,
  };
}
