import { wayOut } from '../release/bad-record.ts';
import type { Color } from '../release/color.ts';
import { otherColor } from '../release/color.ts';
import type { View } from '../release/command.ts';
import { driftOf as known, versionDriftOf } from '../release/drift.ts';
import { formatDuration } from '../release/duration.ts';
import { waysOut } from '../release/gates.ts';
import { leftSince } from '../release/abandoned.ts';
import { line, typed } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { lockAt, newestRelease } from '../release/release.ts';
import type { ServiceRecord } from '../release/release.ts';
import { doubtOfWayBack } from '../release/way-back.ts';

/** The word after `state:`: the record's, `unknown` before the first adoption, `unconfigured` when it left the file. */
export function stateOf({ configured, loaded, elsewhere }: View): string {
  if (loaded.record === null) return 'unknown';
  return configured === undefined && elsewhere !== true ? 'unconfigured' : loaded.record.state;
}

/** Note for a service that only another replica's configuration names. */
export const elsewhereNote = 'not in that of the replica that answers, but in another’s';

/** What the record says is live: `blue v1.41.3`; `unknown` before the first adoption. */
export function liveOf({ loaded: { record } }: View): string {
  return record === null ? 'unknown' : colored(record, record.live);
}

/** A color and the version recorded for it. */
export function colored(record: ServiceRecord, color: Color): string {
  return `${color} ${record.colors[color].version ?? 'unknown'}`;
}

/** What the router said against the record, when that is drift. */
export function driftOf({ loaded: { record, asked } }: View): string | undefined {
  return record === null ? undefined : known(record, asked);
}

/** The router's last answer, and its age. */
export function routerLine(view: View): Line {
  const { asked, now, record } = view.loaded;
  const drift = driftOf(view);
  const ago = asked === null ? 'not asked yet' : `asked ${formatDuration(Math.max(0, now - asked.at))} ago`;
  if (drift !== undefined && record !== null) {
    return line`router: ${{ bold: 'router-drift' }}, the router says ${drift}, the record ${record.live}; ${ago}.`;
  }
  if (asked === null) return line`router: ${ago}.`;
  return line`router: ${asked.heading}, ${ago}${asked.detail === asked.heading ? '' : ` (${asked.detail})`}.`;
}

/** The idle color, its purpose, and its version. */
export function idleLine(record: ServiceRecord): Line {
  const color = otherColor(record.live);
  const { role } = record.colors[color];
  const meaning = role === 'previous' ? 'previous, the way back' : role;
  const doubt = doubtOfWayBack(record);
  return line`idle: ${colored(record, color)} (${meaning}${doubt === undefined ? '' : `; ${doubt}`})`;
}

/** The next step, by itself or by a person. */
export function nextLine(view: View): Line {
  const { record, now } = view.loaded;
  if (view.loaded.bad !== undefined) return line`next: ${wayOut(view.service)}`;
  if (record === null) return line`next: it is adopted as soon as its router answers.`;
  if (driftOf(view) !== undefined && record.op === null)
    return line`next: ${typed(`retry ${record.service}`)} puts the router back, ${typed(`adopt ${record.service}`)} accepts it.`;
  if (record.state === 'idle' && versionDriftOf(record) !== undefined)
    return line`next: ${typed(`adopt ${record.service}`)} takes the version into the record.`;
  const number = newestRelease(record)?.number ?? 0;
  const left = leftSince(view.loaded);
  if (left !== undefined) return line`next: ${waysOut(record, now - left)}`;
  switch (record.state) {
    case 'idle':
      return lockAt(record, now) === undefined
        ? line`next: ${typed(`stage ${record.service} <version>`)}`
        : line`next: ${typed(`unlock ${record.service}`)}, then stage.`;
    case 'staging':
      return line`next: #${number} is staged when it is healthy; ${typed(`cancel ${record.service}`)} drops it.`;
    case 'staged':
      return stagedNext(record);
    case 'promoting':
      return line`next: #${number} bakes once traffic is verified; ${typed(`revert ${record.service}`)} stops it.`;
    case 'baking':
      return record.bake === null
        ? line`next: it settles.`
        : line`next: it settles ${{ at: record.bake.until }} if it stays healthy; ${typed(`revert ${record.service}`)} goes back.`;
    case 'reverting':
      return line`next: it is idle once traffic is verified.`;
    case 'stuck':
      return line`next: ${typed(`retry ${record.service}`)}, ${typed(`revert ${record.service}`)} or ${typed(`adopt ${record.service}`)}.`;
    default:
      return record.state satisfies never;
  }
}

function stagedNext(record: ServiceRecord): Line {
  const request = record.request;
  if (request === null || request.status !== 'open') return line`next: ${typed(`promote ${record.service}`)}`;
  const missing = Math.max(0, request.needed - request.approvals.length);
  return line`next: ${missing} more ${missing === 1 ? 'approval' : 'approvals'}, by ${typed(`approve ${record.service}`)}.`;
}
