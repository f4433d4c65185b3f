import { offsetFromNow } from './instant.ts';

/** Returns the JSON of a value in which each `fromNow(ms)` is replaced by what `place(ms)` returns. `ms` is whole. */
export function encode(value: unknown, place: (ms: number) => number | string): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'number') return part;
    const ms = offsetFromNow(part);
    return ms === undefined ? part : place(Math.round(ms));
  });
}
