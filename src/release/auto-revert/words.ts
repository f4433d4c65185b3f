/** Sentences about an automatic revert. Pure. */
import { isKnown } from './state.ts';
import type { Cause, Countdown } from './state.ts';
import { formatDuration } from '../duration.ts';
import type { Instant } from '../instant.ts';
import { joinedBy, line, typed } from '../line.ts';
import type { Line } from '../line.ts';
import { mention } from '../mention.ts';
import type { ServiceRecord } from '../release.ts';
import { wayBack } from '../way-back.ts';
import type { StopReason, WaitsFor } from './rule.ts';

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

/** A countdown begins. `again`: the time of a hold is over, or nobody ran when the last one ended. */
export function startWords(
  record: ServiceRecord,
  { causes, endsAt }: { causes: readonly Cause[]; endsAt: Instant },
  again?: 'hold-over' | 'missed',
): Line {
  const why = again === undefined ? [] : line`${sinceWords[again]} `;
  return line`${why}Automatic revert: ${record.service} goes back to ${target(record)} at ${{ at: endsAt, show: 'seconds' }}. ${causeWords(causes)}`;
}

const sinceWords = {
  'hold-over': 'The hold is over, and the cause is still there.',
  missed: 'No bot ran when the countdown ended, so it starts again.',
} as const;

const waitingWords: Record<WaitsFor, string> = {
  steady: 'It waits: asking both colors must show a lasting difference first.',
  unknown: 'It waits: nothing is known about the cause at this moment.',
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
      return line`Both colors fail alike, so going back would not help.`;
    case 'hurts':
      return line`The way back fails and the live color answers, so going back would make it worse.`;
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
  if (kind === 'critical') return 'The alert is resolved.';
  if (kind === 'limit') return 'The number is within its limit again.';
  return kind === 'compare' ? 'The colors do not differ any more.' : 'Its causes are gone.';
}

/** A countdown was called off. */
export function calledOffWords(record: ServiceRecord, why: Line): Line {
  return line`The automatic revert of ${record.service} is called off, no traffic moved. ${why}`;
}

/** The way back does not answer, so nothing is reverted by itself. */
export function impossibleWords(record: ServiceRecord, causes: readonly Cause[]): Line {
  const cause = record.bake?.wayBackCause;
  const why = cause === undefined ? '' : ` (${cause})`;
  return line`🚨 Switchback cannot revert ${record.service} by itself: ${target(record)}, the way back, does not answer${why}. ${causeWords(causes)} Start it again or repair ${record.live}: a person must act.`;
}

/** What is true of the countdown at this moment, for its message, the card and status; a sentence. */
export function countdownLine(
  record: ServiceRecord,
  { startedAt, endsAt, hold, shown, waitsFor }: Countdown,
): Line {
  if (hold !== undefined) {
    const why = hold.reason === undefined ? '' : `: ${hold.reason}`;
    return line`⏸️ Held by ${mention(hold.actor)} until ${{ at: hold.until, show: 'time' }}${why}. Then it starts again if the cause is still there.`;
  }
  if (waitsFor !== undefined) return waitsFor;
  const left =
    shown === 30 || shown === 10
      ? `less than ${shown} s left`
      : `${formatDuration(endsAt - startedAt)} in all`;
  return line`⏱️ Goes back to ${target(record)} by itself at ${{ at: endsAt, show: 'seconds' }}, ${left}. ${typed(`hold ${record.service}`)} stops it for 10 min.`;
}
