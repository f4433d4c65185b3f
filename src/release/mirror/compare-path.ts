/** Compares the colors at one path: the live color is asked before and after the idle one. */
import type { Clock } from '../clock.ts';
import { otherColor } from '../color.ts';
import type { Color } from '../color.ts';
import { compareAnswers } from './compare-answers.ts';
import type { CompareRule, Difference } from './compare-answers.ts';
import { counted, isOpen, notCompared, weigh } from './counts.ts';
import type { PathCounts } from './counts.ts';
import type { MirrorAnswer, MirrorPath } from './port.ts';

/** After a difference that may be by chance the colors are asked again at once, so often, and with this pause, ms. */
const mostAgain = 8;
const againMs = 250;

/** What is known of a path, and the newest answer of the live color, which only this process has. */
export interface KnownPath {
  counts: PathCounts;
  before?: MirrorAnswer | undefined;
}

/**
 * Makes one comparison, and returns what is known with it; undefined: it was stopped. `rule` is asked for again each
 * time, as time passes.
 */
export async function comparePath(
  clock: Pick<Clock, 'sleep'>,
  { path, live, rule }: { path: MirrorPath; live: Color; rule: () => CompareRule },
  { counts, before }: KnownPath,
  signal: AbortSignal,
): Promise<KnownPath | undefined> {
  let known: KnownPath = { counts, before };
  let odd: readonly string[] | undefined;
  for (let again = 0; again <= mostAgain; again += 1) {
    if (again > 0) await clock.sleep(againMs, signal);
    const found = await askOnce(path, live, rule, known.before, signal);
    if (signal.aborted) return undefined;
    if ('why' in found) {
      if (odd === undefined) return { counts: notCompared(counts, found.why) };
      break;
    }
    known = { counts: weigh(known.counts, found), before: found.answer };
    odd ??= found.odd;
    if (!isOpen(known.counts, found.odd)) break;
  }
  return { ...known, counts: counted(known.counts, odd ?? []) };
}

/**
 * Asks live, idle, live. What changes with time, on both alike, then never shows in the idle one alone: the second
 * answer of the live color has it too.
 */
async function askOnce(
  path: MirrorPath,
  live: Color,
  rule: () => CompareRule,
  before: MirrorAnswer | undefined,
  signal: AbortSignal,
): Promise<(Difference & { answer: MirrorAnswer }) | { why: string }> {
  const idle = otherColor(live);
  const first = await path.ask(live, signal);
  if ('why' in first) return { why: `${live}: ${first.why}` };
  const other = await path.ask(idle, signal);
  if ('why' in other) return { why: `${idle}: ${other.why}` };
  const second = await path.ask(live, signal);
  if ('why' in second) return { why: `${live}: ${second.why}` };
  const found = compareAnswers([second, first, ...(before ? [before] : [])], other, rule());
  return 'why' in found ? found : { ...found, answer: second };
}
