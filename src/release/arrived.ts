import type { Color } from './color.ts';
import type { RouterAnswer } from './ports.ts';
import type { Tries } from './repair-first.ts';
import { allAt, reachableAt } from './router-answers.ts';
import { mustBeWritten } from './write-log.ts';
import type { WriteLog } from './write-log.ts';

/**
 * Which instances must be there: `all` (a promote); the `reachable` ones; or `some`: at least one, while those that
 * answer but do not follow `tries` writes are left behind, like the unreachable ones (a revert).
 */
export type Need = 'all' | 'reachable' | 'some';

/** How many writes one instance gets before it is left behind, where `some` are enough. */
const enough = 3;
/** Returns whether the answers are what a switch needs, where a write that it owes counts only once it was taken. */
export function arrived(
  answers: readonly RouterAnswer[],
  { color, need, owed }: { color: Color; need: Need; owed: boolean },
  writeLog: WriteLog,
  tried: ReadonlyMap<string, Tries>,
): boolean {
  const lacks = ({ instance, heading }: RouterAnswer): boolean =>
    heading !== color || mustBeWritten(writeLog, instance, color, owed);
  const asked = answers.filter((answer) => answer.heading !== 'unreachable');
  switch (need) {
    case 'all':
      return allAt(answers, color) && !answers.some(lacks);
    case 'reachable':
      return reachableAt(answers, color) && !asked.some(lacks);
    case 'some': {
      const counted = asked.filter((each) => !lacks(each) || (tried.get(each.instance)?.all ?? 0) < enough);
      return reachableAt(counted, color) && !counted.some(lacks);
    }
    default:
      return need satisfies never;
  }
}
