/** The parts that the ends of several operations share. Pure. */
import { otherColor } from '../color.ts';
import type { Color } from '../color.ts';
import { notify } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { formatDuration } from '../duration.ts';
import { fromNow } from '../instant.ts';
import { lateMs, noteLate } from '../late-writes.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Release, ServiceRecord } from '../release.ts';

type Reask = NonNullable<Draft['record']['reask']>;

/** When the router is asked again after every switch or undo, ms. */
const looks = [1_000, 5_000, 30_000];
/** A change to the color just left is put back within this time, ms; later while a write may be late. */
const putBackMs = 5_000;
/** While a write may be late the intervals grow up to this, ms: its effect must not stay unseen for long. */
const widestMs = 5_000;

/** Returns when to ask the router, ms from now, if a write may be carried out until `forMs` from now. */
function looksWhile(forMs: number): number[] {
  const at = new Set(looks);
  for (let next = 1_000; next < forMs; next += Math.min(widestMs, Math.max(2_000, next / 3))) at.add(next);
  if (forMs > 0) at.add(forMs);
  return [...at].toSorted((a, b) => a - b);
}

/**
 * Has the router asked again after a switch or undo, as long as a write may come late. `late`: the colors of which a
 * write of this operation may. A change to the color just left is put back.
 * See docs/design.md#late-writes.
 */
export function watch(record: ServiceRecord, left: Color, late: Iterable<Color>, now: number): void {
  noteLate(record, late);
  const forMs = lateForMs(record, now);
  record.reask = {
    left,
    at: looksWhile(forMs).map((ms) => fromNow(ms)),
    putBackUntil: fromNow(Math.max(putBackMs, forMs)),
  };
}

/** Call it when a look wrote itself: the router is asked until that write can no longer be late, too. */
export function watchOn(record: ServiceRecord, now: number): void {
  if (record.reask) record.reask.at = looksWhile(lateForMs(record, now)).map((ms) => fromNow(ms));
}

/** Returns for how long from `now` a write of either color may still come, ms. */
function lateForMs(record: ServiceRecord, now: number): number {
  return Math.max(lateMs(record, 'blue', now), lateMs(record, 'green', now));
}

/** Says that a write of the color just left may still come; empty when none can. */
export function mayComeLate(record: ServiceRecord, left: Color, now: number): Line {
  const ms = lateMs(record, left, now);
  if (ms === 0) return [];
  return line` A late write of ${left} may still arrive: the router is watched for ${formatDuration(Math.ceil(ms / 1_000) * 1_000)}.`;
}

/** A look that is this late still counts as in time, ms: due times are checked once a second. */
const tardyMs = 2_000;

/** Returns whether `color`, seen by a look now, is put back: as a late write of the switch, not drift. */
export function putsBack(reask: Reask | null, color: Color, now: number): boolean {
  if (reask === null || reask.left !== color || reask.putBackUntil === null) return false;
  const dueAt = Math.min(now, reask.at[0] ?? now);
  return dueAt <= reask.putBackUntil && now <= reask.putBackUntil + tardyMs;
}

/** Returns the newest release of a draft by name: service, number and version. */
export function named(draft: Draft): Line {
  const release = draft.record.releases[0];
  return line`${draft.record.service} #${release?.number ?? 0} ${{ bold: release?.version ?? 'unknown' }}`;
}

/** Has the router's start-up state written at once; people are notified only if that fails. */
export function persistSoon(draft: Draft): void {
  draft.record.persist = { cause: 'not written yet', at: fromNow(), untold: true };
}

/** Records, and announces, that the router's start-up state could not be written. */
export function keepPersist(draft: Draft, error: string | undefined): void {
  const { record } = draft;
  if (error === undefined) {
    record.persist = null;
    return;
  }
  if (record.persist === null || record.persist.untold === true) {
    notify(
      draft,
      'event',
      line`The router's start configuration is not up to date (${error}): a reload would go back to ${otherColor(record.live)}. The bot tries again every 10 s.`,
      record.releases[0] ? {} : { release: null },
    );
  }
  record.persist = { cause: error, at: fromNow(10_000) };
}

/**
 * Keeps the router's sentence on what stays on the color just left, for the release's card; undefined: it has none.
 */
export function keepStays(
  release: Release | undefined,
  keeps: string | undefined,
  left: Color,
): string | undefined {
  const stays = keeps?.replaceAll('{old}', left);
  if (!release) return stays;
  if (stays === undefined) delete release.stays;
  else release.stays = stays;
  return stays;
}
