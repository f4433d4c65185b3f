import { formatDuration } from '../release/duration.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { RouterView } from '../release/store.ts';

/** The router's last answer, and its age. */
export function routerLine(
  record: ServiceRecord | null,
  asked: RouterView | null,
  drift: string | undefined,
  now: number,
): Line {
  const ago = asked === null ? 'not asked yet' : `asked ${formatDuration(Math.max(0, now - asked.at))} ago`;
  if (drift !== undefined && record !== null)
    return line`${{ bold: 'router-drift' }}, the router says ${drift}, the record ${record.live}; ${ago}.`;
  if (asked === null) return line`${ago}.`;
  return line`${asked.heading}, ${ago}${asked.detail === asked.heading ? '' : ` (${asked.detail})`}.`;
}
