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
          line`The router says where it was told to send traffic. Traffic follows within ${formatDuration(followsMs)}, and nothing was probed: look yourself which color answers.`,
        ]),
    ...(unreadable === undefined
      ? [
          line`Written to ${path}. A bot with this folder takes it into the record when Redis is back, before it does anything else; another reports drift.`,
          line`Redis is away, so nobody knows whether a bot was in the middle of an operation; if so, it may have moved the router shortly before.`,
        ]
      : [
          line`Written to ${path}. A bot with this folder takes it in when the record can be read, or after a new one was begun (docs/recovery.md).`,
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
          message: line`traffic of ${service} goes to ${target} in part only; these did not follow: ${behind.join(', ')} (${heads}${proof}).`,
        });
      }
      case 'begun':
      case 'failed':
        return fail(exitCodes.otherwise, {
          code: 'verify-failed',
          message: line`traffic of ${service} is not known to go to ${target}: the router says ${heads}.`,
        });
      default:
        return status satisfies never;
    }
  }
}
