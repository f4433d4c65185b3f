/** Different answers of the staged color: a gate of its promote. Pure. */
import { refuse } from '../gates.ts';
import { line, typed } from '../line.ts';
import type { Line } from '../line.ts';
import type { Refusal } from '../refusals.ts';
import type { Settings } from '../settings.ts';
import { brief } from './diff.ts';
import type { Diff } from './diff.ts';
import { diffWords, percent } from './words.ts';

/** The reason to promote also when answers differ. */
export interface DespiteDiff {
  despiteDiff?: string | undefined;
}

/**
 * Refuses a promote where more answers differ than the settings allow, or not enough were compared yet, unless a reason
 * is given. `diff`: undefined where nothing is staged.
 */
export function notDiffering(
  { diff, settings, service }: { diff: Diff | undefined; settings: Settings; service: string },
  { despiteDiff }: DespiteDiff,
): Refusal | undefined {
  const { maxDiff } = settings.promotion;
  if (maxDiff === undefined || diff === undefined || despiteDiff !== undefined) return undefined;
  const why = whyNot(diff, maxDiff, settings.mirror?.atLeast ?? 1);
  return (
    why &&
    refuse(
      'differs',
      why,
      line`${typed(`diff ${service}`)} shows more. Stage what is right, or promote ${service} --despite-diff <reason>.`,
    )
  );
}

function whyNot(diff: Diff, maxDiff: number, atLeast: number): Line | undefined {
  const { alike, differ } = diff;
  const compared = alike + differ;
  if (compared > 0 && differ / compared > maxDiff)
    return line`More answers of the staged color differ (${percent(differ / compared)}) than ${percent(maxDiff)}: ${diffWords(brief(diff))}.`;
  const never = diff.paths.find((path) => path.alike + path.differ === 0);
  if (never && compared >= atLeast)
    return line`${never.path} has not been compared yet${never.why === undefined ? '' : `: ${never.why}`}.`;
  if (compared < atLeast)
    return line`Too few answers have been compared yet: ${compared} of the ${atLeast} that are needed.`;
  return undefined;
}
