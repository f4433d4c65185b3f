import type { Color } from './color.ts';
import { otherColor } from './color.ts';
import type { PointAnswer, RouterAnswer } from './ports.ts';

/** What a process knows about the writes of one operation. */
export interface WriteLog {
  /** False after a takeover or a write of unknown effect: then only two equal answers, 1 s apart, count. */
  certain: boolean;
  /** The instances that this operation may have written to; undefined: not known (taken over). */
  touched: Set<string> | undefined;
  /** The colors that this process sent to each instance. */
  sent: Map<string, Set<Color>>;
  /** The color of the newest write that each instance took. */
  took: Map<string, Color>;
  /** The color of the newest write to each instance, until the instance says that color. */
  open: Map<string, Color>;
  /** The colors of sent writes that no answer of the router can prove to be carried out. */
  unproved: Set<Color>;
  /** Ids of the stops of writes that this process began: see `stopWrites`. */
  stops: Set<string>;
}

/** Returns the write log of an operation that this process began (`certain`), or took over. */
export function newWriteLog(certain: boolean): WriteLog {
  return {
    certain,
    touched: certain ? new Set() : undefined,
    sent: new Map(),
    took: new Map(),
    open: new Map(),
    unproved: new Set(),
    stops: new Set(),
  };
}

/** Notes the result of one write of `color` to an instance that said `was` before it. */
export function noteWrite(
  writeLog: WriteLog,
  { instance, outcome }: PointAnswer,
  color: Color,
  was: RouterAnswer['heading'] | undefined,
): void {
  if (outcome !== 'taken' && outcome !== 'unclear') return;
  writeLog.touched?.add(instance);
  writeLog.sent.set(instance, (writeLog.sent.get(instance) ?? new Set()).add(color));
  const earlier = writeLog.open.get(instance);
  // When two writes are on their way, one answer proves only one of them.
  if (earlier !== undefined) for (const each of [earlier, color]) writeLog.unproved.add(each);
  if (outcome === 'unclear' || was === color) writeLog.unproved.add(color);
  if (outcome === 'unclear' || earlier !== undefined) writeLog.certain = false;
  if (outcome === 'taken') writeLog.took.set(instance, color);
  else if (writeLog.took.get(instance) !== color) writeLog.took.delete(instance);
  if (was !== color) writeLog.open.set(instance, color);
}

/** Notes the router's answers: an instance that now says a write's color, and did not before, has carried it out. */
export function noteAnswers({ open, took }: WriteLog, answers: readonly RouterAnswer[]): void {
  for (const { instance, heading } of answers) {
    const color = open.get(instance);
    if (color !== heading || color === undefined) continue;
    open.delete(instance);
    took.set(instance, color);
  }
}

/**
 * Says that an instance which took a write of `color` then said otherwise, by another party's change. Undefined: it did
 * not, or a router that shows writes later may still follow. `by`: who made the change, if the router names them.
 */
export function changedAfter(
  { took }: WriteLog,
  { instance, heading, by }: RouterAnswer,
  color: Color,
  atOnce: boolean,
): { instance: string; words: string; by: string | undefined } | undefined {
  if (took.get(instance) !== color || heading === color || heading === 'unreachable') return undefined;
  if (by === undefined && !atOnce) return undefined;
  const who = by === undefined ? '' : `: ${by} changed it`;
  return { instance, words: `${instance} took ${color}, and then said ${heading}${who}`, by };
}

/**
 * Returns whether `color` must be written to an instance even where it says that color: a write of the other one may
 * still be on its way to it, and no write of `color` was taken since. `owed`: others may have sent one.
 */
export function mustBeWritten(
  { sent, took }: WriteLog,
  instance: string,
  color: Color,
  owed: boolean,
): boolean {
  const other = owed || sent.get(instance)?.has(otherColor(color)) === true;
  return other && took.get(instance) !== color;
}

/** Returns the colors of which a write of this process may still be carried out. */
export function mayStillCome({ open, unproved }: WriteLog): Set<Color> {
  return new Set([...unproved, ...open.values()]);
}
