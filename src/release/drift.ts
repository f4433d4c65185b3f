/** Known differences between the router and the record. Pure. See docs/design.md#drift. */
import { otherColor } from './color.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import type { ServiceRecord } from './release.ts';
import type { RouterView } from './store.ts';

/**
 * Returns what the router said last, when that is drift; undefined: none is known. During a switch the two may
 * differ, and an answer from before the recorded switch proves nothing.
 */
export function driftOf(record: ServiceRecord, asked: RouterView | null): string | undefined {
  if (record.drift !== null) return record.drift.saw;
  const switching = record.state === 'promoting' || record.state === 'reverting' || record.state === 'stuck';
  if (asked === null || switching || asked.heading === record.live || asked.heading === 'unreachable')
    return undefined;
  return asked.at < record.colors[record.live].since ? undefined : asked.heading;
}

/** Returns the version that the live color reports, if it is not the recorded one; undefined: none is known. */
export function versionDriftOf({
  versionDrift,
  live,
  colors,
}: Pick<ServiceRecord, 'versionDrift' | 'live' | 'colors'>):
  | (ServiceRecord['versionDrift'] & {})
  | undefined {
  if (!versionDrift || versionDrift.color !== live) return undefined;
  return versionDrift.saw === colors[live].version ? undefined : versionDrift;
}

/** Returns that difference in one sentence; undefined: there is none. */
export function versionDriftLine(record: ServiceRecord): Line | undefined {
  const drift = versionDriftOf(record);
  const { live, colors } = record;
  return (
    drift &&
    line`${{ code: 'version-drift' }}: the record says ${colors[live].version ?? 'unknown'}, but ${live} reports ${drift.saw}.`
  );
}

/** Returns drift in one sentence, for the card and `status`. */
export function driftLine({ live }: ServiceRecord, saw: string): Line {
  return line`${{ code: 'router-drift' }}: the record says ${live}, but ${seen(live, saw)}`;
}

function seen(live: ServiceRecord['live'], saw: string): string {
  switch (saw) {
    case 'blue':
    case 'green':
      return `the router sends traffic to ${saw}.`;
    case 'mixed':
      return `the router's instances do not agree: some traffic may go to ${otherColor(live)}.`;
    default:
      return 'the router names neither color: nobody knows where traffic goes.';
  }
}
