import { z } from 'zod';
import type { Side, VerdictCode } from './alarm.ts';
import { blocksSchema, emptyBlocks, steadyVerdict, withPairInBlock } from './blocks.ts';
import { lnE } from './e-process.ts';
import {
  binMs,
  emptyMoment,
  hasJoined,
  momentSchema,
  newestBins,
  nowBins,
  recentOf,
  verdictNow,
  withPairNow,
} from './moment.ts';
import type { Pair } from './pair.ts';
import { seenPoints } from './power.ts';
import { emptySeries, seriesSchema, withPairInSeries } from './series.ts';
import { slowerAt, timesSchema, withTime } from './slower.ts';

export { type VerdictCode, verdictCodes } from './alarm.ts';

export const evidenceStateSchema = z.looseObject({
  /** When it began, and the newest pair, ms. */
  from: z.number(),
  at: z.number(),
  /** When the newest answer came, or was waited for no longer, ms. Older versions did not keep it. */
  heardAt: z.number().catch(0),
  /** The usual time from one pair to the next, ms. */
  gapMs: z.number().nonnegative(),
  /** Pairs since the last minute without any. */
  run: z.number().int().nonnegative(),
  /** A color answered well, at least once. Older versions did not keep it. */
  answered: z.boolean().catch(true),
  /** Of each request, how many pairs failed before any color answered it well; -1: one did. */
  unanswered: z.array(z.int().min(-1)).catch([]),
  now: momentSchema,
  blocks: blocksSchema,
  times: timesSchema,
  /** For a picture. Older versions kept none. */
  series: seriesSchema.catch(emptySeries),
});
/**
 * What the pairs so far say. JSON, below 4 KB: it is stored every two seconds, and another process goes on from it.
 * See docs/design.md#evidence.
 */
export type EvidenceState = z.infer<typeof evidenceStateSchema>;

/** What is true at one moment: would going back help? */
export interface Evidence {
  /** Of every pair, true of this moment: for people. */
  now: VerdictCode;
  /** Of blocks of pairs, what lasts: the only one that may act by itself. */
  steady: VerdictCode;
  /** Of the time that `now` looks at: the last minute, or the newest pairs where one color joins the other in failing. */
  pairs: number;
  liveFailed: number;
  backFailed: number;
  onlyLive: number;
  onlyBack: number;
  bothFailed: number;
  /** A pair failed among the newest ones, those sent within 5 to 10 s. */
  goesOn: boolean;
  /** How long that time is: 55 to 60 s, less at the start; of the newest pairs, from 5 s. */
  windowMs: number;
  /** ln of the evidence against the color that has more of it against it. */
  lnNow: number;
  lnSteady: number;
  /** No request was answered well by either color so far, in at least five pairs: that says nothing about going back. */
  neverAnswered?: true;
  /** The requests that neither color has answered well, although others were; from 0. They do not count. */
  wrongRequests?: number[];
  /** Blocks so far, and those in which only the live color, or only the way back, failed more often. */
  blocks: number;
  blocksLive: number;
  blocksBack: number;
  /** With `no-difference`: so many percentage points more failures would have been seen in nine cases of ten. */
  seenPoints?: number;
  /** A color that was slower `in` so many `of` the newest pairs that both answered; the median difference in ms. */
  slower?: { color: Side; in: number; of: number; medianMs: number };
}

const minuteMs = nowBins * binMs;
/** A total failure of one color would have shown after so many pairs. */
const enoughPairs = 12;
/** In the first pairs, odds of 3 to 1 for a difference leave it open. */
const openPairs = 24;
const leastPairs = 5;

/** The state before the first pair. `at` is the time of now, ms. */
export function emptyEvidence(at: number): EvidenceState {
  const counted = { now: emptyMoment(), blocks: emptyBlocks(), times: [], series: emptySeries() };
  return { from: at, at, heardAt: at, gapMs: 0, run: 0, answered: false, unanswered: [], ...counted };
}

/**
 * The state after one more pair. Pairs come in the order of `at`. A pair from up to a minute before the newest counts as
 * sent with it; after a clock that went back further all starts again. `blockMs` is the length of a block.
 */
export function withPair(state: EvidenceState, pair: Pair, rule: { blockMs: number }): EvidenceState {
  if (pair.at < state.at - minuteMs) return withPair(emptyEvidence(pair.at), pair, rule);
  const at = Math.max(pair.at, state.at);
  const bin = Math.floor((at - state.from) / binMs);
  const gap = Math.min(at - state.at, minuteMs);
  const { request = 0 } = pair;
  const failedBefore = state.unanswered[request] ?? 0;
  const isGood = pair.liveOk || pair.backOk;
  const unanswered = [...state.unanswered];
  while (unanswered.length < request) unanswered.push(0);
  unanswered[request] = isGood || failedBefore < 0 ? -1 : failedBefore + 1;
  // A request that never worked says nothing of the colors, where another one did.
  if (!isGood && failedBefore >= 0 && state.answered && isOneOfSeveral(state.unanswered, request))
    return { ...state, at, heardAt: Math.max(state.heardAt, pair.at), unanswered };
  return {
    ...state,
    unanswered,
    at,
    heardAt: Math.max(state.heardAt, pair.at + Math.max(pair.liveMs, pair.backMs)),
    gapMs: state.gapMs + (gap - state.gapMs) / 8,
    run: gap < minuteMs ? state.run + 1 : 1,
    answered: state.answered || pair.liveOk || pair.backOk,
    now: withPairNow(state.now, bin, pair),
    blocks: withPairInBlock(state.blocks, at - state.from, rule.blockMs, pair),
    times: withTime(state.times, bin, pair),
    series: withPairInSeries(state.series, at - state.from, pair),
  };
}

/** True where another request than this one was answered well. */
function isOneOfSeveral(unanswered: readonly number[], request: number): boolean {
  return unanswered.some((failed, other) => failed < 0 && other !== request);
}

/** The verdicts at `at`, ms, by the clock of the pairs. Cheap: it is asked after each pair. */
export function verdictsAt(state: EvidenceState, at: number): Pick<Evidence, 'now' | 'steady'> {
  const { now, isBlind } = sightAt(state, at);
  if (isBlind) return { now: 'unknown', steady: 'unknown' };
  const bin = Math.floor((now - state.from) / binMs);
  return {
    now: verdictNow(state.now, bin) ?? (isOpen(state, bin) ? 'unknown' : 'no-difference'),
    steady: steadyVerdict(state.blocks),
  };
}

/** What can be seen at `at`: nothing while no pair ends, or while no request was ever answered well. */
function sightAt(state: EvidenceState, at: number): { now: number; silent: boolean; isBlind: boolean } {
  const now = Math.max(at, state.at);
  const silentMs = Math.min(minuteMs, Math.max(10_000, 3 * state.gapMs));
  const silent = state.run === 0 || now - Math.max(state.at, state.heardAt) > silentMs;
  return { now, silent, isBlind: silent || !state.answered };
}

/** True while too few pairs are known to say that there is no difference. */
function isOpen({ run, now }: EvidenceState, bin: number): boolean {
  const { pairs, onlyLive, onlyBack } = recentOf(now, bin);
  if (run < enoughPairs || pairs < leastPairs) return true;
  return run < openPairs && lnE(Math.max(onlyLive, onlyBack), Math.min(onlyLive, onlyBack)) > Math.log(3);
}

/** What is true at `at`, ms, by the clock of the pairs. */
export function evidenceAt(state: EvidenceState, at: number): Evidence {
  const { now, silent, isBlind } = sightAt(state, at);
  const verdicts = verdictsAt(state, at);
  const bin = Math.floor((now - state.from) / binMs);
  const recent = recentOf(state.now, bin);
  const { pairs, onlyLive, onlyBack } = recent;
  const newest = recentOf(state.now, state.now.bin, newestBins);
  const points =
    verdicts.now === 'no-difference' ? seenPoints(pairs, (onlyLive + onlyBack) / pairs) : undefined;
  const [counted, firstBin] =
    !isBlind && hasJoined(state.now, bin)
      ? [newest, state.now.bin + 1 - newestBins]
      : [recent, bin + 1 - nowBins];
  const slower = silent ? undefined : slowerAt(state.times, bin);
  const wrong = state.unanswered.flatMap((failed, request) => (failed >= leastPairs ? [request] : []));
  const isSome = wrong.length > 0 && state.unanswered.includes(-1);
  return {
    ...verdicts,
    pairs: counted.pairs,
    liveFailed: counted.onlyLive + counted.shared,
    backFailed: counted.onlyBack + counted.shared,
    onlyLive: counted.onlyLive,
    onlyBack: counted.onlyBack,
    bothFailed: counted.shared,
    goesOn: newest.onlyLive + newest.onlyBack + newest.shared > 0,
    windowMs: now - state.from - Math.max(0, firstBin) * binMs,
    lnNow: Math.max(...state.now.ln),
    lnSteady: Math.max(...state.blocks.ln),
    blocks: state.blocks.total,
    blocksLive: state.blocks.live,
    blocksBack: state.blocks.back,
    ...(!silent && !state.answered && pairs >= leastPairs && { neverAnswered: true }),
    ...(isSome && { wrongRequests: wrong }),
    ...(points !== undefined && { seenPoints: points }),
    ...(slower !== undefined && { slower }),
  };
}
