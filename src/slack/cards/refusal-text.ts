import type { Line } from '../../release/line.ts';
import type { Refusal } from '../../release/refusals.ts';

/** The parts of a line with one space between sentences; an absent sentence leaves no gap. */
export function sentences(...lines: readonly (Line | undefined)[]): Line {
  return lines
    .filter((one) => one !== undefined && one.length > 0)
    .flatMap((one, i) => (i === 0 ? one : [' ', ...(one ?? [])])) as Line;
}

/** A refusal in one paragraph: the code literally and first, why, what is true now, what the person can do (SPEC 4). */
export function refusalLine(refusal: Refusal): Line {
  return sentences([`${refusal.code}:`], refusal.why, refusal.now, refusal.next);
}
