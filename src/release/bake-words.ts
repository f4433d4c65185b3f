/** What a bake that is not well says of itself. Pure. */
import { line } from './line.ts';
import type { Line } from './line.ts';
import { idleColor } from './release.ts';
import type { ServiceRecord } from './release.ts';
import { userOf, who } from './who.ts';

/** Who promoted it hears of it, at the end of the sentence. */
function forOwner({ releases }: ServiceRecord): Line {
  const owner = releases[0]?.promotedBy;
  return owner && userOf(owner) !== undefined ? line` ${who(owner)}` : [];
}

function colored({ colors }: ServiceRecord, color: 'blue' | 'green'): string {
  return `${color} ${colors[color].version ?? 'unknown'}`;
}

/** The live color fails its checks, or a hook failed: what, and where a revert goes. */
export function unhealthyWords(record: ServiceRecord, cause: Line): Line {
  const { service, releases, live, bake } = record;
  const back = colored(record, idleColor(record));
  const next =
    bake?.wayBack === 'dead'
      ? line`${back} is ${{ bold: 'down too' }}: ${bake.wayBackCause ?? 'no answer'}. Fix one of them; going back needs force.`
      : line`Nothing happens by itself: Revert goes back to ${back}.`;
  return line`${service} ${{ bold: releases[0]?.version ?? '' }} (#${releases[0]?.number ?? 0}) is unhealthy on ${live}: ${cause}. ${next}${forOwner(record)}`;
}

/** The version to go back to is down. */
export function wayBackDeadWords(record: ServiceRecord, cause: string): Line {
  const { service, live, bake } = record;
  const idle = idleColor(record);
  const both = bake?.verdict === 'unhealthy' ? `, and ${colored(record, live)} is unhealthy` : '';
  const sign = both === '' ? '⚠️' : '🚨';
  return line`${sign} ${service}: ${colored(record, idle)}, the version to go back to, is ${{ bold: 'down' }}: ${cause}${both}. A revert would be refused unless forced: start ${idle} again.${forOwner(record)}`;
}

/** It answers again. */
export function wayBackAliveWords(record: ServiceRecord): Line {
  return line`${record.service}: ${colored(record, idleColor(record))}, the version to go back to, answers again.`;
}
