/** Finds where a revert would go. Pure. */
import { idleColor } from './release.ts';
import type { ServiceRecord } from './release.ts';

/** Returns the color that a revert would go to, and the version that it must report. */
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

/**
 * Returns why the way back is not reliable, for people; undefined: nothing is known to change it, or there is none.
 */
export function doubtOfWayBack(record: ServiceRecord): string | undefined {
  const back = wayBack(record);
  const version = back && record.colors[back.color].mayBecome;
  return version === undefined ? undefined : `in doubt: a deploy of ${version} may change it at any time`;
}

/** Returns the refused revert that somebody may still want, as the record is now. */
export function stillUnreverted(record: ServiceRecord): NonNullable<ServiceRecord['unreverted']> | undefined {
  const { unreverted, epoch } = record;
  if (!unreverted || unreverted.epoch !== epoch) return undefined;
  return wayBack(record)?.color === unreverted.color ? unreverted : undefined;
}

/** Returns what was wrong when a revert was refused, for people, as a sentence without its full stop. */
export function refusedBecause(
  { color, code, repair }: Pick<NonNullable<ServiceRecord['unreverted']>, 'color' | 'code' | 'repair'>,
  version: string | null = null,
): string {
  const target = version === null ? color : `${color} ${version}`;
  if (repair !== undefined) return 'the router takes no change until it is repaired';
  if (code === 'schema-incompatible') return `${target} does not fit the database`;
  if (code === 'not-in-sync') return `the databases could not be turned to ${color}`;
  return code === 'router-not-ready'
    ? `the router could not serve ${target}`
    : `${target} did not answer well`;
}

/** Returns true when no traffic should be sent back: the color to revert to was checked and does not answer well. */
export function isWayBackDead({ state, bake }: Pick<ServiceRecord, 'state' | 'bake'>): boolean {
  return state === 'baking' && bake?.wayBack === 'dead';
}
