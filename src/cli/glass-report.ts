import { glassHeadings } from '../release/glass.ts';
import type { Glass } from '../release/glass.ts';
import { line } from '../release/line.ts';
import { exit } from './exit.ts';
import { done, fail, tell } from './say.ts';

/** Says what traffic does now, and what follows. `path`: of the file. Answers with the exit code. */
export function report(glass: Glass, path: string): number {
  const { service, target, status, result = [], probe, cause, unreadable } = glass;
  const heads = glassHeadings(result);
  const proof = probe === undefined ? '' : `; probe: ${probe}`;
  const notes = [
    ...(cause === undefined ? [] : [line`${cause}`]),
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
  tell(...notes.map((note) => line`  ${note}`));
  return code;

  function said(): number {
    switch (status) {
      case 'done':
        return done(
          'revert',
          service,
          line`revert: traffic of ${service} goes to ${target}: the router says ${heads}${proof}.`,
          { file: path },
        );
      case 'partly': {
        const behind = result.filter(({ heading }) => heading !== target).map(({ instance }) => instance);
        return fail(exit.otherwise, {
          code: 'verify-failed',
          message: line`traffic of ${service} goes to ${target} in part only; these did not follow: ${behind.join(', ')} (${heads}${proof}).`,
        });
      }
      case 'begun':
      case 'failed':
        return fail(exit.otherwise, {
          code: 'verify-failed',
          message: line`traffic of ${service} is not known to go to ${target}: the router says ${heads}.`,
        });
      default:
        return status satisfies never;
    }
  }
}
