/** What asking both colors says, for `compare`. */
import { otherColor } from '../release/color.ts';
import type { Compared } from '../release/evidence/compare-now.ts';
import { verdictLine } from '../release/evidence/words.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';

/** The verdict, and what else the pairs say. */
export function compareLines(service: string, compared: Compared): Line[] {
  if ('why' in compared) return [line`compare ${service}: ${{ code: 'unknown' }}. ${compared.why}`];
  const { evidence, live } = compared;
  const { slower, steady, now, wrongRequests = [] } = evidence;
  const color = slower?.color === 'live' ? live : otherColor(live);
  return [
    line`compare ${service}: ${{ code: now }}. ${verdictLine(evidence, live)}`,
    ...(slower
      ? [
          line`${color} was slower in ${slower.in} of ${slower.of} pairs, median +${Math.round(slower.medianMs)} ms.`,
        ]
      : []),
    ...(wrongRequests.length > 0
      ? [
          line`Neither color has answered ${wrongRequests.length === 1 ? 'request' : 'requests'} ${wrongRequests.map((at) => at + 1).join(', ')} of ${{ code: 'compare.requests' }} well so far, so that does not count.`,
        ]
      : []),
    ...(steady !== now && steady === 'helps'
      ? [line`Over a longer time, ${live} fails more often than ${otherColor(live)}.`]
      : []),
  ];
}
