/** Decides what comes next of an automatic revert. Pure. See docs/design.md#the-automatic-revert. */
import { releaseInWindow } from '../alerts/context.ts';
import type { VerdictCode } from '../evidence/alarm.ts';
import { underWay } from '../release.ts';
import type { ServiceRecord } from '../release.ts';
import type { Settings } from '../settings.ts';
import { wayBack } from '../way-back.ts';
import { mostHolds, quietMs, waitMs } from './state.ts';
import type { AutoRevert, Cause, CauseKind, Countdown } from './state.ts';

/** `promotion.autoRevert`, parsed. */
export type AutoRevertSettings = NonNullable<Settings['promotion']['autoRevert']>;

/** What is known at one look. */
export interface Look {
  /** The store's clock, ms since 1970. */
  now: number;
  /** What asking both colors says now, and what lasts; `unknown` where nobody asks them. */
  verdict: VerdictCode;
  steady: VerdictCode;
  /** The causes that hold now, whatever the verdict says of them. */
  found: readonly Cause[];
  /** The kinds of causes of which nothing is known now. */
  unknown: ReadonlySet<CauseKind>;
  /** True: neither color has ever answered the compared requests well. */
  unanswered: boolean;
  /** True: the countdown ended before this process looked for the first time, so nobody may have looked. */
  missed: boolean;
  /** True: this process has just begun, and may not know yet what holds. */
  begins: boolean;
}

/** What comes next. `waits`: its end has passed, and what it needs does not agree yet. */
export type Next =
  | { do: 'nothing' }
  | { do: 'start'; causes: Cause[]; again?: 'hold-over' | 'missed' }
  | { do: 'show'; shown: 30 | 10 | 0; waitsFor?: WaitsFor | undefined }
  | { do: 'quiet'; since: number | undefined }
  | { do: 'stop'; why: StopReason }
  | { do: 'revert'; causes: Cause[] };

/** What a countdown waits for at its end. */
export type WaitsFor = 'steady' | 'unknown' | 'quiet';
/** Why a countdown was called off. `gone`: its causes no longer hold. */
export type StopReason =
  | 'gone'
  | 'hold-over'
  | 'does-not-help'
  | 'hurts'
  | 'unanswered'
  | Exclude<WaitsFor, 'quiet'>;

/** Returns what the record keeps about the present release; undefined: nothing, or only about an earlier one. */
export function autoRevertOf(record: ServiceRecord): AutoRevert | undefined {
  const { autoRevert, epoch } = record;
  if (autoRevert?.epoch !== epoch || autoRevert.release !== record.releases[0]?.id) return undefined;
  return autoRevert;
}

/** True while a person may still hold a countdown of the present release. */
export function mayHold(record: ServiceRecord): boolean {
  return (autoRevertOf(record)?.holds ?? 0) < mostHolds;
}

/** Returns the countdown, held or not; undefined: there is none. */
export function countdownOf(record: ServiceRecord): Countdown | undefined {
  const rests = record.state === 'baking' || record.state === 'idle';
  return rests ? (autoRevertOf(record)?.countdown ?? undefined) : undefined;
}

/**
 * True where Switchback may revert this release by itself, if there is a cause: its settings say so, and it is live. A
 * countdown that began in time goes on.
 */
export function isWatched(
  record: ServiceRecord,
  settings: Settings | undefined,
  now: number,
): settings is Settings {
  if (settings?.promotion.autoRevert === undefined || underWay(record)) return false;
  if (record.state !== 'baking' && record.state !== 'idle') return false;
  if (autoRevertOf(record)?.over !== undefined) return false;
  const [newest] = record.releases;
  const inTime = newest !== undefined && releaseInWindow({ now, record, settings })?.id === newest.id;
  return (inTime || countdownOf(record) !== undefined) && wayBack(record) !== undefined;
}

/** What speaks against a revert, whatever the cause. Where neither color ever answered, both may be down. */
function vetoOf({ verdict, unanswered }: Look): 'does-not-help' | 'hurts' | 'unanswered' | undefined {
  if (verdict === 'does-not-help' || verdict === 'hurts') return verdict;
  return unanswered ? 'unanswered' : undefined;
}

/** Returns the causes that count. */
function countingOf(look: Look): Cause[] {
  return vetoOf(look) === undefined ? [...look.found] : [];
}

/** Returns what comes next at this look. `kept`: what the record has; undefined: nothing yet. */
export function nextOf(kept: AutoRevert | undefined, look: Look): Next {
  const counting = countingOf(look);
  const countdown = kept?.countdown;
  if (countdown == null) {
    const mayStart = counting.length > 0 && look.now >= (kept?.notBefore ?? 0);
    return mayStart ? { do: 'start', causes: counting } : { do: 'nothing' };
  }
  if (countdown.hold !== undefined) {
    if (countdown.hold.until > look.now) return { do: 'nothing' };
    return counting.length > 0
      ? { do: 'start', causes: counting, again: 'hold-over' }
      : afterHold(countdown, look.now - countdown.hold.until, look);
  }
  if (counting.length === 0) return withoutCause(countdown, look);
  if (countdown.quietSince !== undefined) return { do: 'quiet', since: undefined };
  if (look.now < countdown.endsAt) return shownAt(countdown, countdown.endsAt - look.now);
  // Nobody ran when it ended: people had no chance to see it, or to hold it.
  if (look.missed) return { do: 'start', causes: counting, again: 'missed' };
  return atEnd(countdown, counting, look);
}

/** True where nothing is known now of a cause of the countdown. */
function isUnknown({ causes }: Countdown, { unknown }: Look): boolean {
  return causes.some(({ kind }) => unknown.has(kind));
}

/** Its hold is over since `lateMs`, and no cause is known to hold. */
function afterHold(countdown: Countdown, lateMs: number, look: Look): Next {
  const veto = vetoOf(look);
  if (veto) return { do: 'stop', why: veto };
  if (!isUnknown(countdown, look)) return { do: 'stop', why: 'hold-over' };
  return look.begins || lateMs < waitMs ? { do: 'nothing' } : { do: 'stop', why: 'unknown' };
}

/** None of its causes holds: it stops at once, unless that may pass. */
function withoutCause(countdown: Countdown, look: Look): Next {
  const veto = vetoOf(look);
  if (veto) return { do: 'stop', why: veto };
  const late = look.now - countdown.endsAt;
  const unknown = isUnknown(countdown, look);
  // It starts again when that is known.
  if (unknown && look.begins && look.missed) return { do: 'nothing' };
  if (unknown) return late < waitMs ? waiting(countdown, late, 'unknown') : { do: 'stop', why: 'unknown' };
  // The newest pairs may be few: a difference can come back.
  if (!countdown.causes.some(({ kind }) => kind === 'compare')) return { do: 'stop', why: 'gone' };
  if (countdown.quietSince === undefined) return { do: 'quiet', since: look.now };
  return look.now - countdown.quietSince >= quietMs
    ? { do: 'stop', why: 'gone' }
    : waiting(countdown, late, 'quiet');
}

/** Its end has passed. Numbers and alerts act by themselves; pairs only where what lasts agrees. */
function atEnd(countdown: Countdown, counting: Cause[], look: Look): Next {
  const acts = counting.filter(({ kind }) => kind !== 'compare' || look.steady === 'helps');
  if (acts.length > 0) return { do: 'revert', causes: acts };
  const late = look.now - countdown.endsAt;
  return late < waitMs ? waiting(countdown, late, 'steady') : { do: 'stop', why: 'steady' };
}

function waiting(countdown: Countdown, late: number, waitsFor: WaitsFor): Next {
  return late < 0 ? shownAt(countdown, -late) : shows(countdown, 0, waitsFor);
}

function shownAt(countdown: Countdown, leftMs: number): Next {
  return leftMs <= 10_000
    ? shows(countdown, 10)
    : leftMs <= 30_000
      ? shows(countdown, 30)
      : { do: 'nothing' };
}

/** Its message is drawn once at each of these times, not every second. */
function shows(countdown: Countdown, shown: 30 | 10 | 0, waitsFor?: WaitsFor): Next {
  const drawn = countdown.shown ?? Number.POSITIVE_INFINITY;
  const isNew = waitsFor !== undefined && waitsFor !== countdown.waits;
  return drawn > shown || isNew ? { do: 'show', shown, waitsFor } : { do: 'nothing' };
}
