/** What a verdict says to people: one sentence, with its counts. */
import type { Color } from '../color.ts';
import { otherColor } from '../color.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import { underWay } from '../release.ts';
import type { ServiceRecord } from '../release.ts';
import type { VerdictCode } from './evidence.ts';

/** The verdict and the counts that a sentence needs. */
export interface Counted {
  now: VerdictCode;
  pairs: number;
  liveFailed: number;
  backFailed: number;
  /** Percentage points that would have been seen in nine cases of ten. */
  seenPoints?: number | undefined;
  /** Neither color answered well so far. */
  neverAnswered?: true | undefined;
}

/** Returns the verdict as one sentence or two. `live`: the color with the traffic; the other one is the way back. */
export function verdictLine(of: Counted, live: Color): Line {
  const back = otherColor(live);
  const { pairs, liveFailed, backFailed } = of;
  const counts = `${liveFailed} of ${pairs} against ${backFailed} of ${pairs}`;
  const isAlike = 3 * Math.min(liveFailed, backFailed) >= 2 * Math.max(liveFailed, backFailed);
  switch (of.now) {
    case 'helps':
      return line`${capital(live)} fails where ${back} answers: ${counts}. Reverting will very likely help.`;
    case 'does-not-help':
      return line`Both colors fail${isAlike ? ' alike' : ''}: ${live} ${liveFailed} of ${pairs}, ${back} ${backFailed} of ${pairs}. Reverting will not help: look at what they share.`;
    case 'hurts':
      return line`${capital(back)}, the way back, fails where ${live} answers: ${backFailed} of ${pairs} against ${liveFailed} of ${pairs}. Reverting would make it worse.`;
    case 'no-difference':
      return line`No difference between the colors: ${live} failed ${liveFailed} of ${pairs}, ${back} ${backFailed} of ${pairs}.${seen(of.seenPoints)}`;
    default:
      return line`${of.neverAnswered === true ? 'Neither color has answered a request well so far: the request may be wrong, or both are down. ' : ''}It is not known whether reverting would help.`;
  }
}

const worthTelling: ReadonlySet<string> = new Set<VerdictCode>(['helps', 'does-not-help', 'hurts']);

/** True for a verdict that a person should read before anything else. */
export function isWorthTelling(now: VerdictCode): boolean {
  return worthTelling.has(now);
}

/** Returns what a revert would do, in a few words after "a revert", for a verdict that is worth telling. */
export function shortVerdict(now: string): string {
  switch (now) {
    case 'helps':
      return 'would help';
    case 'hurts':
      return 'would make it worse';
    default:
      return 'would not help';
  }
}

/** Returns the saved evidence, if it is about the present switch, and no operation is under way or stuck. */
export function savedEvidence(record: ServiceRecord): ServiceRecord['evidence'] {
  const rests = !underWay(record) && record.state !== 'stuck';
  return rests && record.evidence?.epoch === record.epoch ? record.evidence : undefined;
}

/** Returns the saved verdict as a sentence, where a person should read it first; else an empty line. */
export function urgentVerdict(record: ServiceRecord | null): Line {
  const saved = record === null ? undefined : savedEvidence(record);
  return record && saved && isWorthTelling(saved.now) ? verdictLine(saved, record.live) : [];
}

/** More points than these are not worth a word. */
const mostSeenPoints = 50;

function seen(points: number | undefined): string {
  return points === undefined || points > mostSeenPoints
    ? ''
    : ` ${points} points more failures would have been seen in nine cases of ten.`;
}

function capital(color: Color): string {
  return color.charAt(0).toUpperCase() + color.slice(1);
}
