/**
 * Converts between instants (ms since 1970) and the wall clock of a time zone. A wall time is written as the instant
 * that it would be in UTC, so that it can be compared and added to.
 */

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Returns what the wall clock in `zone` shows at `at`. `zone`: as Intl knows it; throws RangeError for others. */
export function wallOf(zone: string, at: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const shown = new Map(format.formatToParts(at).map((part) => [part.type, part.value]));
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(shown.get(type));
  const second = Date.UTC(
    number('year'),
    number('month') - 1,
    number('day'),
    number('hour'),
    number('minute'),
    number('second'),
  );
  return second + (((at % 1000) + 1000) % 1000);
}

/**
 * Returns the first instant at which the clock in `zone` shows `wall` or later. A time that the clock skips begins
 * when the clock is put forward; of a time shown twice, the first counts.
 */
export function firstAt(zone: string, wall: number): number {
  const { before, after, change } = offsetsAround(zone, wall);
  return wall - before < change ? wall - before : Math.max(change, wall - after);
}

/**
 * Returns the end of the last instant at which the clock in `zone` shows a time before `wall`. A time that the clock
 * skips ends when the clock is put forward; of a time shown twice, the second counts.
 */
export function lastBefore(zone: string, wall: number): number {
  const { before, after, change } = offsetsAround(zone, wall);
  return wall - after > change ? wall - after : Math.min(change, wall - before);
}

/** Returns the offsets from UTC a day before and after, and the instant of the change between them. */
function offsetsAround(zone: string, wall: number): { before: number; after: number; change: number } {
  const offset = (at: number) => wallOf(zone, at) - at;
  let low = wall - dayMs;
  let high = wall + dayMs;
  const before = offset(low);
  const after = offset(high);
  if (before === after) return { before, after, change: high };
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle) === before) low = middle;
    else high = middle;
  }
  return { before, after, change: high };
}
