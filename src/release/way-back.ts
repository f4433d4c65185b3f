/** Where a revert would go. Pure. */
import { who } from './draft.ts';
import { refuse, standing } from './gates.ts';
import type { Facts } from './gates.ts';
import { line } from './line.ts';
import type { Refusal } from './refusals.ts';
import { idleColor } from './release.ts';
import type { ServiceRecord } from './release.ts';

/** The color that a revert would go to, and the version it must report. */
export function wayBack(
  record: ServiceRecord,
): { color: 'blue' | 'green'; version: string | null } | undefined {
  if (record.state === 'promoting' || (record.state === 'stuck' && record.op?.kind === 'promote')) {
    return { color: record.live, version: record.colors[record.live].version };
  }
  if (record.state === 'stuck' && record.op?.kind === 'revert')
    return { color: record.op.target, version: record.op.version };
  const idle = record.colors[idleColor(record)];
  const held = idle.role === 'previous' || (idle.role === 'staged' && idle.wasPrevious === true);
  return held ? { color: idleColor(record), version: idle.version } : undefined;
}

/** There must be a color to go back to. */
export function somethingToRevertTo(facts: Facts): Refusal | undefined {
  const { record } = facts;
  if (wayBack(record)) return undefined;
  const last = record.lastRevert;
  const idle = idleColor(record);
  const why = last
    ? line`${record.service} has no way back: ${who(last.actor)} reverted it from ${last.version ?? 'an unknown version'} ${{ at: last.at }}.`
    : line`${record.service} has no way back: ${idle} is ${record.colors[idle].role}.`;
  return refuse(
    'nothing-to-revert-to',
    why,
    line`Stage and promote the version that you want to be live.`,
    standing(record),
  );
}
