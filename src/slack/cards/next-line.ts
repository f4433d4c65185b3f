import { otherColor } from '../../release/color.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { Bake, Release, ServiceRecord } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';

function stagedNext({ request, live }: ServiceRecord, release: Release, settings?: Settings): Line {
  const target = otherColor(live);
  if (request?.status === 'open') {
    const missing = Math.max(0, request.needed - request.approvals.length);
    return line`${missing} more ${missing === 1 ? 'approval' : 'approvals'}, then it is promoted to ${target} by itself.`;
  }
  if (release.code !== undefined)
    return line`traffic stays on ${live}. Fix the cause, then Promote again, or Cancel.`;
  const approvals = settings?.promotion.approvals ?? 0;
  if (approvals > 0 && request?.status !== 'granted')
    return line`Promote asks for ${approvals} ${approvals === 1 ? 'approval' : 'approvals'}; traffic stays on ${live} until then.`;
  return line`Promote moves new requests from ${live} to ${target}.`;
}

function idleNext({ service, lock }: ServiceRecord, release: Release): Line | undefined {
  if (lock?.holder.kind === 'system')
    return line`find the cause, then ${{ code: `/release unlock ${service}` }}.`;
  if (release.status === 'failed') {
    // Its card also shows the router put back after drift.
    const untouched = release.steps.every(({ name }) => !name.startsWith('switch'));
    return line`fix the cause, then ${{ code: `/release stage ${service} <version>` }}.${untouched ? ' Traffic was not touched.' : ''}`;
  }
  return undefined;
}

function bakingNext({ live }: ServiceRecord, { verdict, until, wayBack }: Bake): Line {
  if (verdict === 'unhealthy')
    return line`Revert, or fix ${live}. Nothing is switched by itself; the release is settled once it answers well again.`;
  const back =
    wayBack === 'dead'
      ? line`A Revert would be refused now and must be forced with a reason.`
      : line`Revert is possible at any time.`;
  return line`watched until ${{ at: until }}; if it stays healthy it is then settled. ${back}`;
}

function driftNext({ service, op }: ServiceRecord): Line {
  if (op?.kind === 'restore') return line`the router is being put back to ${op.target}.`;
  if (op?.kind === 'revert') return line`${op.target} is live again once the router is verified.`;
  if (op) return line`the router is asked first; the ${op.kind} stops while it says something else.`;
  return line`${{ code: `/release retry ${service}` }} puts the router back to the record, ${{ code: `/release adopt ${service}` }} makes the record follow the router. The notice in the thread has both as buttons.`;
}

function next(record: ServiceRecord, release: Release, settings?: Settings): Line | undefined {
  const { live, op } = record;
  switch (record.state) {
    case 'idle':
      return idleNext(record, release);
    case 'staging':
      return line`it is staged once ${release.color} is healthy. Traffic stays on ${live}.`;
    case 'staged':
      return stagedNext(record, release, settings);
    case 'promoting':
      return line`it bakes once the router is verified. Revert stops it and keeps ${live} live.`;
    case 'baking':
      return record.bake ? bakingNext(record, record.bake) : undefined;
    case 'reverting':
      return line`${op?.target ?? live} is live again once the router is verified.`;
    case 'stuck':
      return line`Retry; if that does not help, Revert. Adopt accepts what the router says.`;
    default:
      return record.state satisfies never;
  }
}

/**
 * What the reader can do now, or what happens by itself; newest release only. Undefined: nothing is to be done. `drift`:
 * what the router says against the record.
 */
export function nextLine(
  record: ServiceRecord,
  release: Release,
  settings?: Settings,
  drift?: string,
): Line | undefined {
  const words =
    drift === undefined || record.state === 'stuck' ? next(record, release, settings) : driftNext(record);
  return words && line`${{ bold: 'Next' }}: ${words}`;
}
