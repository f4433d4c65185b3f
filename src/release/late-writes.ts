/**
 * Late writes to a router. A router may accept a write and apply it seconds later; a write without an answer may
 * still be on its way. The record keeps, for each color, until when such a write may still come. Pure.
 * See docs/design.md#late-writes.
 */
import type { Color } from './color.ts';
import { otherColor } from './color.ts';
import { parseDuration } from './duration.ts';
import type { Instant } from './instant.ts';
import { fromNow, offsetFromNow } from './instant.ts';
import type { Operation, ServiceRecord } from './release.ts';
import { longestSettlesMs, settlesDefault } from './settings.ts';

/** Returns how late this service's router may carry out a write, ms: `router.settles` of the settings in use. */
export function settlesMs({ settings }: Pick<ServiceRecord, 'settings'>): number {
  const { settles = settlesDefault } = (settings['router'] ?? {}) as { settles?: unknown };
  // A `${NAME}` is not replaced in a record: then assume the longest.
  return (typeof settles === 'string' ? parseDuration(settles) : undefined) ?? longestSettlesMs;
}

/** Returns how long from `now` until an instant, ms; also for an instant that is not saved yet. */
function msUntil(instant: Instant | undefined, now: number): number {
  if (instant === undefined) return 0;
  return Math.max(0, offsetFromNow(instant) ?? instant - now);
}

/** Records that writes of these colors were sent until now, or until `sentUntil`, and may still be carried out. */
export function noteLate(record: ServiceRecord, colors: Iterable<Color>, sentUntil?: number): void {
  const ms = settlesMs(record);
  for (const color of colors) {
    const known = record.late?.[color] ?? 0;
    const until = sentUntil === undefined ? fromNow(ms) : Math.max(known, sentUntil + ms);
    record.late = { ...record.late, [color]: until };
  }
}

/** Returns for how long a write of this color may still come, ms; 0: none can. */
export function lateMs({ late }: Pick<ServiceRecord, 'late'>, color: Color, now: number): number {
  return msUntil(late?.[color], now);
}

/**
 * Returns the colors that an operation under way may have written, in any process; none before its intent is saved.
 */
export function mayHaveWritten({ kind, intentAt, step, target }: Operation): Color[] {
  if (intentAt === undefined) return [];
  return kind === 'promote' && step !== 'switch' ? [target, otherColor(target)] : [target];
}
