import { formatDuration } from '../release/duration.ts';
import { breakGlassHeadings } from '../release/break-glass.ts';
import type { BreakGlassEntry } from '../release/break-glass.ts';
import { asSentence, line } from '../release/line.ts';
import { exitCodes } from './exit-codes.ts';
import { done, fail, printNote } from './print.ts';

/**
 * Other facts about the router. `followsMs`: how much later than its word traffic may follow, in ms, where nobody
 * checked it.
 */
export interface Notes {
  notes: readonly string[];
  followsMs?: number;
}

/** Prints where traffic goes now, and what follows. `path`: of the file. Returns the exit code. */
export function report(glass: BreakGlassEntry, path: string, { notes: known, followsMs }: Notes): number {
  const { service, target, status, result = [], probe, cause, unreadable } = glass;
  const heads = breakGlassHeadings(result);
  const proof = probe === undefined ? '' : `; probe: ${probe}`;
  const notes = [
    ...(cause === undefined ? [] : [line`${cause}`]),
    ...known.map((note) => line`${asSentence(note)}`),
    ...(followsMs === undefined
      ? []
      : [
          line`The router has the new setting. Traffic follows within ${formatDuration(followsMs)}, and nothing was probed: check yourself which color answers.`,
        ]),
    ...(unreadable === undefined
      ? [
          line`Saved in ${path}. When Redis is back, a bot with this folder records the move before it does anything else. A bot without it reports drift.`,
          line`Redis is unavailable, so nobody knows whether a bot was in the middle of an operation. If so, it may have moved the router just before this.`,
        ]
      : [
          line`Saved in ${path}. A bot with this folder records the move when the record can be read, or when a new record exists (docs/recovery.md).`,
        ]),
  ];
  const code = said();
  printNote(...notes.map((note) => line`  ${note}`));
  return code;

  function said(): number {
    switch (status) {
      case 'done':
        return done(
          'revert',
          service,
          line`revert: traffic of ${service} goes to ${target}${followsMs === undefined ? '' : ` within ${formatDuration(followsMs)}`}: the router says ${heads}${proof}.`,
          { file: path },
        );
      case 'partly': {
        const behind = result.filter(({ heading }) => heading !== target).map(({ instance }) => instance);
        return fail(exitCodes.otherwise, {
          code: 'verify-failed',
          message: line`traffic of ${service} goes to ${target} only in part; these instances did not switch: ${behind.join(', ')} (${heads}${proof}).`,
        });
      }
      case 'begun':
      case 'failed':
        return fail(exitCodes.otherwise, {
          code: 'verify-failed',
          message: line`nobody knows whether traffic of ${service} goes to ${target}: the router says ${heads}.`,
        });
      default:
        return status satisfies never;
    }
  }
}
