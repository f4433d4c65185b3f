/** Sentences about a bake that is not healthy. Pure. */
import type { Color } from './color.ts';
import { asSentence, line, typed } from './line.ts';
import type { Line } from './line.ts';
import { noWayBackOf, noWayBackWords } from './no-way-back.ts';
import { idleColor } from './release.ts';
import type { ServiceRecord } from './release.ts';
import { forOwner } from './mention.ts';

function colored({ colors }: ServiceRecord, color: Color): string {
  return `${color} ${colors[color].version ?? 'unknown'}`;
}

/** Neither color is healthy: says what to do first. */
function startFirst(idle: Color, live: Color): string {
  return `If nothing that both share is broken, start ${idle} again, then press Revert; or fix ${live}. Until ${idle} answers, Revert is refused unless forced.`;
}

/**
 * The live color fails its checks, or a hook failed: says which, and where a revert goes. `automatic`: it may go back by
 * itself.
 */
export function unhealthyWords(record: ServiceRecord, cause: Line, automatic: boolean): Line {
  const { service, releases, live, bake } = record;
  const idle = idleColor(record);
  const back = colored(record, idle);
  const what = line`${service} ${{ bold: releases[0]?.version ?? '' }} (#${releases[0]?.number ?? 0}) is unhealthy on ${live}`;
  const stands = noWayBackOf(record);
  if (stands)
    return line`${what}. There is ${asSentence(noWayBackWords(stands))} Repair ${live}; a revert to ${back} must be forced. ${live}: ${cause}.${forOwner(record)}`;
  if (bake?.wayBack !== 'dead')
    return line`${what}. Revert goes back to ${back}${automatic ? '' : '; nothing happens by itself'}. ${live}: ${cause}.${forOwner(record)}`;
  return line`${what}, and ${back} is ${{ bold: 'down too' }}. ${startFirst(idle, live)} ${live}: ${cause}. ${idle}: ${bake.wayBackCause ?? 'no answer'}.${forOwner(record)}`;
}

/** Says that the way back is down. */
export function wayBackDeadWords(record: ServiceRecord, cause: string): Line {
  const { service, live, bake } = record;
  const idle = idleColor(record);
  const back = colored(record, idle);
  if (bake?.verdict === 'unhealthy')
    return line`🚨 ${service}: ${colored(record, live)} is unhealthy, and ${back} is ${{ bold: 'down too' }} now. ${startFirst(idle, live)} ${idle}: ${cause}.${forOwner(record)}`;
  return line`⚠️ ${service}: ${colored(record, live)} is healthy, but ${back}, the version to go back to, is ${{ bold: 'down' }}. Start ${idle} again; until it answers, Revert is refused unless forced. ${idle}: ${cause}.${forOwner(record)}`;
}

/** Says that the way back answers again. */
export function wayBackAliveWords(record: ServiceRecord): Line {
  return line`${record.service}: ${colored(record, idleColor(record))}, the version to go back to, answers again.`;
}

/** What people can do about a bake without a measured number. */
export function unmeasuredHelp({ service }: Pick<ServiceRecord, 'service'>): Line {
  return line`It is settled when there is a good number again; or an approver ends the bake: ${typed(`settle ${service}`)}.`;
}

/** Says why a bake whose time is over goes on. */
export function unsettledWords(record: ServiceRecord, cause: string): Line {
  return line`The bake of ${record.service} is over, and it is not settled: ${cause}. ${unmeasuredHelp(record)}${forOwner(record)}`;
}

/** Says that a bake waits for a number. `past`: its time is over. */
export function unmeasuredWords(record: ServiceRecord, cause: string, past: boolean): Line {
  const { service } = record;
  if (past) return unsettledWords(record, cause);
  return line`${service} is not measured now: ${cause}. Its other checks go on. Without a number it is not settled.`;
}
