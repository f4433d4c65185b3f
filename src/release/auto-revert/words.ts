/** Sentences about an automatic revert. Pure. */
import { savedEvidence, urgentVerdict } from '../evidence/words.ts';
import { isKnown, mostHolds, waitMs } from './state.ts';
import type { Cause, CauseKind, Countdown } from './state.ts';
import { formatDuration } from '../duration.ts';
import { asSentence, joinedBy, line, typed } from '../line.ts';
import type { Line } from '../line.ts';
import { forOwner, mention } from '../mention.ts';
import { noWayBackOf, noWayBackWords } from '../no-way-back.ts';
import type { ServiceRecord } from '../release.ts';
import { isWayBackDead, wayBack } from '../way-back.ts';
import type { Settings } from '../settings.ts';
import { autoRevertOf, countdownOf, isWatched, mayHold } from './rule.ts';
import type { AutoRevertSettings, StopReason, WaitsFor } from './rule.ts';

/** `blue v1.41.3`: where a revert goes. */
function target(record: ServiceRecord): string {
  const back = wayBack(record);
  return back === undefined ? 'the other color' : `${back.color} ${back.version ?? 'unknown'}`;
}

/** The causes, as sentences. */
export function causeWords(causes: readonly Cause[]): Line {
  return joinedBy(
    ' ',
    causes.filter(isKnown).map(({ words }) => words),
  );
}

const againWords: Readonly<Record<NonNullable<Countdown['again']>, string>> = {
  'hold-over': ' The hold is over, and the cause is still there.',
  missed: ' It starts again: no bot ran when the countdown ended.',
};

/** Why it counts down; and why once more. `isVerdictKnown`: it is known now whether a revert would help. */
function whyWords(
  { causes, again, uncompared }: Pick<Countdown, 'causes' | 'again' | 'uncompared'>,
  isVerdictKnown = false,
): Line {
  const alone = uncompared && !isVerdictKnown ? ' It is not known whether a revert would help.' : '';
  return line`${causeWords(causes)}${alone}${again === undefined ? '' : (againWords[again] ?? '')}`;
}

/** A countdown begins. This stays true when it is over: `countdownHead` says what is true at the moment. */
export function startWords(
  record: ServiceRecord,
  countdown: Pick<Countdown, 'causes' | 'endsAt' | 'again' | 'uncompared'>,
): Line {
  return line`Automatic revert of ${record.service} to ${target(record)}, planned for ${{ at: countdown.endsAt, show: 'seconds' }}. It began because: ${whyWords(countdown)}`;
}

const waitingWords: Record<WaitsFor, string> = {
  steady: 'Asking both colors must show a lasting difference first.',
  unknown: 'Nothing is known about the cause at this moment.',
  quiet: 'Both colors answer alike now. It is called off if that stays so for 30 s.',
};

/** What a countdown waits for at its end. */
export function waitsForWords(what: WaitsFor): Line {
  return [waitingWords[what]];
}

/** Why a countdown was called off; a sentence. */
export function stopWords(why: StopReason, { causes }: Pick<Countdown, 'causes'>): Line {
  switch (why) {
    case 'gone':
      return [goneWords(causes)];
    case 'hold-over':
      return line`The hold is over, and the cause is gone.`;
    case 'does-not-help':
      return line`Both colors fail alike: a revert would not help. Look at what they share.`;
    case 'hurts':
      return line`Only the way back fails: a revert would make it worse.`;
    case 'unanswered':
      return line`Neither color has answered the compared request well: the request may be wrong, or both are down.`;
    case 'steady':
      return line`Asking both colors did not show a lasting difference in time.`;
    case 'unknown':
      return line`Nothing was known about the cause in time.`;
    default:
      return why satisfies never;
  }
}

function goneWords(causes: readonly Cause[]): string {
  const [only] = causes;
  const kind = causes.length === 1 ? only?.kind : undefined;
  if (kind === 'critical') return 'The critical alert is resolved, silenced or less severe.';
  if (kind === 'limit') return 'The number is within its limit again.';
  return kind === 'compare' ? 'The colors do not differ any more.' : 'Its causes are gone.';
}

/** A countdown was called off. */
export function calledOffWords({ service }: ServiceRecord, why: Line): Line {
  return line`Called off: ${service} does not go back now. ${why} No traffic moved.`;
}

/** An automatic revert was refused. */
export function refusedWords(record: ServiceRecord, why: Line): Line {
  return line`🚨 ${record.service}: a person must act. The automatic revert was refused, and no traffic moved. ${why}${forOwner(record)}`;
}

/** The way back does not answer, or must not be used, so nothing is reverted by itself. */
export function impossibleWords(record: ServiceRecord, causes: readonly Cause[]): Line {
  const stands = noWayBackOf(record);
  if (stands)
    return line`🚨 ${record.service}: a person must act. Switchback does not revert it by itself: ${asSentence(noWayBackWords(stands))} ${causeWords(causes)} Repair ${record.live}, or force a revert.${forOwner(record)}`;
  const cause = record.bake?.wayBackCause;
  const why = cause === undefined ? '' : ` ${asSentence(`It says: ${cause}`)}`;
  return line`🚨 ${record.service}: a person must act. Switchback cannot revert it by itself: ${target(record)}, the way back, does not answer.${why} ${causeWords(causes)} Start ${target(record)} again, or repair ${record.live}.${forOwner(record)}`;
}

/** What happens next of the countdown, with its emblem and the service; a sentence. `as`: how service and color are written. */
export function countdownHead(
  record: ServiceRecord,
  { endsAt, hold, shown, waitsFor }: Countdown,
  { name, back }: { name: Line; back: Line } = { name: [record.service], back: [target(record)] },
): Line {
  if (hold !== undefined)
    return line`⏸️ ${name} does not go back by itself until ${{ at: hold.until, show: 'time' }}.`;
  if (waitsFor !== undefined && shown === 0)
    return line`⏱️ ${name} did not go back yet: the countdown waits, until ${{ at: endsAt + waitMs, show: 'clock' }} at most.`;
  const left = shown === 30 || shown === 10 ? ` Less than ${shown} s left.` : '';
  return line`⏱️ ${name} goes back to ${back} by itself at ${{ at: endsAt, show: 'clock' }}.${left}`;
}

/**
 * Why it counts down, who holds it, what it waits for; sentences. They follow `countdownHead`. What asking both colors
 * says is left out where the reader sees it anyway, as it is now (`urgentVerdict`).
 */
export function countdownWhy(record: ServiceRecord, countdown: Countdown): Line {
  const { hold, waitsFor } = countdown;
  const isShown = urgentVerdict(record).length > 0;
  const causes = countdown.causes.filter(({ kind }) => kind !== 'compare' || !isShown);
  const now = savedEvidence(record)?.now ?? 'unknown';
  if (hold !== undefined) {
    const reason = hold.reason === undefined ? '' : ` Reason: ${asSentence(hold.reason)}`;
    return line`Held by ${mention(hold.actor)}.${reason} Then it counts down again if the cause is still there. ${causeWords(causes)}`;
  }
  if (waitsFor !== undefined) return line`${waitsFor} ${causeWords(causes)}`;
  return whyWords({ ...countdown, causes }, now !== 'unknown');
}

/** What a person can type about it. */
export function countdownNext(record: ServiceRecord, { hold }: Countdown): Line {
  const { service } = record;
  const back = line`${typed(`revert ${service}`)} goes back now`;
  if (hold) return line`${back}, ${typed(`resume ${service}`)} ends the hold.`;
  if (!mayHold(record)) return line`${back}. It was held ${mostHolds} times, and cannot be held again.`;
  return line`${back}, ${typed(`hold ${service}`)} stops that for 10 min.`;
}

/** The countdown in one piece, for `status` and `why`. */
export function countdownLine(record: ServiceRecord, countdown: Countdown): Line {
  return line`${countdownHead(record, countdown)} ${countdownWhy(record, countdown)}`;
}

const when: Record<CauseKind, (rule: AutoRevertSettings) => string> = {
  compare: () => 'asking both colors says that a revert helps',
  limit: () => 'the limit is passed',
  critical: ({ sources }) => `a critical alert of ${sources.join(' or ')} fires`,
};

/** What may cause an automatic revert with these settings, and how long its countdown is; a sentence. */
export function ruleWords(rule: AutoRevertSettings): string {
  const causes = rule.on.map((kind) => when[kind](rule)).join(', or ');
  return `A countdown of ${formatDuration(rule.after)} begins when ${causes}.`;
}

/** Why no countdown begins now, whatever the causes; empty: one may begin. */
function hindered(record: ServiceRecord, now: number): Line {
  const verdict = savedEvidence(record)?.now;
  if (isWayBackDead(record)) return line`The way back does not answer.`;
  if (verdict === 'does-not-help' || verdict === 'hurts') return urgentVerdict(record);
  const { notBefore = 0 } = autoRevertOf(record) ?? {};
  return notBefore > now
    ? line`One was called off; the next begins after ${{ at: notBefore, show: 'clock' }}.`
    : [];
}

/** Whether the live release may be reverted by itself, and what would cause it; empty: that is off. */
export function automaticWords(record: ServiceRecord, settings: Settings, now: number): Line {
  const rule = settings.promotion.autoRevert;
  const countdown = countdownOf(record);
  if (countdown) return line`${countdownLine(record, countdown)} ${countdownNext(record, countdown)}`;
  if (rule === undefined) return [];
  const stands = noWayBackOf(record);
  if (stands && isWatched(record, settings, now))
    return line`off for this release: ${asSentence(noWayBackWords(stands))}`;
  if (isWatched(record, settings, now)) {
    const hinder = hindered(record, now);
    return hinder.length > 0 ? line`on. Nothing begins now. ${hinder}` : line`on. ${ruleWords(rule)}`;
  }
  switch (autoRevertOf(record)?.over) {
    case 'reverted':
    case 'refused':
      return line`over: it was tried for this release, and is not tried again.`;
    case 'settled':
      return line`over: a person settled this release.`;
    default:
      return line`on, after a promote. ${ruleWords(rule)}`;
  }
}
