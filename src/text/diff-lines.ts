/** What comparing the answers of both colors has found, for `diff`. */
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { brief } from '../release/mirror/diff.ts';
import type { FoundDiff } from '../release/mirror/diff.ts';
import { diffWords, pathLine } from '../release/mirror/words.ts';

/** The sum, and each path. */
export function diffLines(service: string, found: FoundDiff): Line[] {
  if ('why' in found) return [line`diff ${service}: ${found.why}`];
  const { diff } = found;
  return [line`diff ${service}: ${diffWords(brief(diff))}.`, ...diff.paths.map(pathLine)];
}
