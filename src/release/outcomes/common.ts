/** What ends of several operations write and say. Pure. */
import { otherColor } from '../color.ts';
import type { Color } from '../color.ts';
import { tell } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { fromNow } from '../instant.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';

type Reask = NonNullable<Draft['record']['reask']>;

/** After a switch or undo the router is asked again; going back to the color just left is mended within 5 s (SPEC 3.2). */
export function lookAgain(left: Color): Reask {
  return { left, at: [fromNow(1_000), fromNow(5_000), fromNow(30_000)], putBackUntil: fromNow(5_000) };
}

/** A look that was due in time still counts when it comes that late, ms: due times are looked at once a second. */
const lateMs = 2_000;

/** Whether `color`, seen by a look made now, is put back: a late write of the switch, rather than drift. */
export function putsBack(reask: Reask | null, color: Color, now: number): boolean {
  if (reask === null || reask.left !== color || reask.putBackUntil === null) return false;
  const dueAt = Math.min(now, reask.at[0] ?? now);
  return dueAt <= reask.putBackUntil && now <= reask.putBackUntil + lateMs;
}

export function named(draft: Draft): Line {
  const release = draft.record.releases[0];
  return line`${draft.record.service} #${release?.number ?? 0} ${{ bold: release?.version ?? 'unknown' }}`;
}

export function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** What the router starts with is to be written at once; that is told only if it fails. */
export function owePersist(draft: Draft): void {
  draft.record.persist = { cause: 'not written yet', at: fromNow(), untold: true };
}

/** Remembers, and says, that the router's start-up state could not be written. */
export function keepPersist(draft: Draft, error: string | undefined): void {
  const { record } = draft;
  if (error === undefined) {
    record.persist = null;
    return;
  }
  if (record.persist === null || record.persist.untold === true) {
    tell(
      draft,
      'event',
      line`The router's map file could not be written (${error}): a reload would go back to ${otherColor(record.live)}. Tried again every 10 s.`,
      record.releases[0] ? {} : { release: null },
    );
  }
  record.persist = { cause: error, at: fromNow(10_000) };
}
