import type { Color } from './color.ts';
import { otherColor } from './color.ts';
import type { PointAnswer, RouterAnswer } from './ports.ts';

/** What a process knows of the writes of one operation. */
export interface WriteLog {
  /** False after a takeover or a write of unknown effect: then only two equal answers, 1 s apart, count. */
  certain: boolean;
  /** Instances that may have been written to by this operation; undefined: not known (taken over). */
  touched: Set<string> | undefined;
  /** The colors that this process sent to an instance. */
  sent: Map<string, Set<Color>>;
  /** The color of the newest write that an instance took. */
  took: Map<string, Color>;
  /** The color of the newest write to an instance, while the instance has not said that color since. */
  open: Map<string, Color>;
  /** Colors of which a write was sent that no answer of the router can prove to have been carried out. */
  unproved: Set<Color>;
}

/** The write log of an operation that this process began (`certain`), or took over. */
export function newWriteLog(certain: boolean): WriteLog {
  return {
    certain,
    touched: certain ? new Set() : undefined,
    sent: new Map(),
    took: new Map(),
    open: new Map(),
    unproved: new Set(),
  };
}

/** Notes what became of one write of `color` to an instance that said `was` before it. */
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
  // Of two that are on their way, one answer proves only one.
  if (earlier !== undefined) for (const each of [earlier, color]) writeLog.unproved.add(each);
  if (outcome === 'unclear' || was === color) writeLog.unproved.add(color);
  if (outcome === 'unclear' || earlier !== undefined) writeLog.certain = false;
  if (outcome === 'taken') writeLog.took.set(instance, color);
  else if (writeLog.took.get(instance) !== color) writeLog.took.delete(instance);
  if (was !== color) writeLog.open.set(instance, color);
}

/** Notes what the router says: a write whose color an instance says now, and did not before it, was carried out. */
export function noteAnswers({ open, took }: WriteLog, answers: readonly RouterAnswer[]): void {
  for (const { instance, heading } of answers) {
    const color = open.get(instance);
    if (color !== heading || color === undefined) continue;
    open.delete(instance);
    took.set(instance, color);
  }
}

/**
 * Whether `color` must be written to an instance even where it says that color: a write of the other one may still be on
 * its way to it, and no write of `color` was taken since. `owed`: others may have sent one.
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

/** The colors of which a write of this process may still be carried out. */
export function mayStillCome({ open, unproved }: WriteLog): Set<Color> {
  return new Set([...unproved, ...open.values()]);
}
