/** Says why there is nothing to revert to. Pure. */
import type { Color } from './color.ts';
import { mention } from './draft.ts';
import { refuse, describeState } from './gates.ts';
import { line, typed } from './line.ts';
import type { Line } from './line.ts';
import type { Refusal } from './refusals.ts';
import { idleColor } from './release.ts';
import type { ServiceRecord } from './release.ts';

/** Returns the refusal of a revert that has no color to go to. */
export function nothingToRevertTo(record: ServiceRecord): Refusal {
  const last = record.lastRevert;
  const idle = idleColor(record);
  const why = last
    ? line`${record.service} has no way back: ${mention(last.actor)} reverted it from ${last.version ?? 'an unknown version'} ${{ at: last.at }}.`
    : line`${record.service} has no way back: ${runs(record, idle)}.`;
  return refuse('nothing-to-revert-to', why, forward(record, idle), describeState(record));
}

/** Says how to go forward: the short way to the reverted version, else to any version. */
function forward({ service, colors, lock }: ServiceRecord, idle: Color): Line {
  const { role, version } = colors[idle];
  if (role !== 'reverted' || version === null) return line`Stage and promote the version that you want live.`;
  const steps = [...(lock ? [`unlock ${service}`] : []), `stage ${service} ${version}`, `promote ${service}`];
  return line`If the revert was a mistake, go forward: ${steps.flatMap((step, i) => (i === 0 ? [typed(step)] : [', ', typed(step)]))}.`;
}

/** Says what is on the color that would be reverted to. */
function runs({ colors }: ServiceRecord, color: Color): string {
  const { role, version } = colors[color];
  switch (role) {
    case 'failed':
      return `${color} runs a release that failed`;
    case 'unknown':
      return `nobody knows what runs on ${color}`;
    case 'staged':
      return `${color} has ${version ?? 'a version'} staged, which was never live`;
    case 'reverted':
      return `${color} runs what was reverted`;
    case 'live':
    case 'previous':
      return `${color} cannot be reverted to`;
    default:
      return role satisfies never;
  }
}
