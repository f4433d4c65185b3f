import { countdownOf } from '../release/auto-revert/rule.ts';
import { countdownNext } from '../release/auto-revert/words.ts';
import { leftSince } from '../release/abandoned.ts';
import { wayOut } from '../release/bad-record.ts';
import { versionDriftOf } from '../release/drift.ts';
import { waysOut } from '../release/gates.ts';
import { line, typed } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { lockAt, newestRelease } from '../release/release.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { Loaded } from '../release/store.ts';

/** The next step of a service, by itself or by a person. `drift`: what the router says against the record. */
export function nextStep(service: string, loaded: Loaded, drift: string | undefined): Line {
  const { record, now, bad } = loaded;
  if (bad !== undefined) return wayOut(service);
  if (record === null) return line`it is adopted as soon as its router answers.`;
  if (drift !== undefined && record.op === null)
    return line`${typed(`retry ${service}`)} puts the router back, ${typed(`adopt ${service}`)} accepts it.`;
  if (record.state === 'idle' && versionDriftOf(record) !== undefined)
    return line`${typed(`adopt ${service}`)} records that version.`;
  const number = newestRelease(record)?.number ?? 0;
  const left = leftSince(loaded);
  if (left !== undefined) return waysOut(record, now - left);
  const countdown = countdownOf(record);
  if (countdown) return countdownNext(record, countdown);
  switch (record.state) {
    case 'idle':
      return lockAt(record, now) === undefined
        ? line`${typed(`stage ${service} <version>`)}`
        : line`${typed(`unlock ${service}`)}, then stage.`;
    case 'staging':
      return line`#${number} is staged when it is healthy; ${typed(`cancel ${service}`)} drops it.`;
    case 'staged':
      return stagedNext(record);
    case 'promoting':
      return line`#${number} bakes once traffic is verified; ${typed(`revert ${service}`)} stops it.`;
    case 'baking':
      return record.bake === null
        ? line`it settles.`
        : line`it settles ${{ at: record.bake.until }} if it stays healthy; ${typed(`revert ${service}`)} goes back.`;
    case 'reverting':
      return line`it is idle once traffic is verified.`;
    case 'stuck':
      return line`${typed(`retry ${service}`)}, ${typed(`revert ${service}`)} or ${typed(`adopt ${service}`)}.`;
    default:
      return record.state satisfies never;
  }
}

function stagedNext({ service, request }: ServiceRecord): Line {
  if (request === null || request.status !== 'open') return line`${typed(`promote ${service}`)}`;
  const missing = Math.max(0, request.needed - request.approvals.length);
  return line`${missing} more ${missing === 1 ? 'approval' : 'approvals'}, by ${typed(`approve ${service}`)}.`;
}
