import { glassHeadings } from '../release/glass.ts';
import type { Glass } from '../release/glass.ts';
import { line } from '../release/line.ts';
import { say, tell } from './say.ts';

/** Says what traffic does now, and what follows. `path`: of the file. */
export function report(glass: Glass, path: string): void {
  const { service, target, status, result = [], probe, cause, unreadable } = glass;
  const heads = glassHeadings(result);
  const proof = probe === undefined ? '' : `; probe: ${probe}`;
  switch (status) {
    case 'done':
      say(line`revert: traffic of ${service} goes to ${target}: the router says ${heads}${proof}.`);
      break;
    case 'partly': {
      const behind = result.filter(({ heading }) => heading !== target).map(({ instance }) => instance);
      tell(
        line`verify-failed: traffic of ${service} goes to ${target} in part only; these did not follow: ${behind.join(', ')} (${heads}${proof}).`,
      );
      break;
    }
    case 'begun':
    case 'failed':
      tell(
        line`verify-failed: traffic of ${service} is not known to go to ${target}: the router says ${heads}.`,
      );
      break;
    default:
      return status satisfies never;
  }
  if (cause !== undefined) tell(line`  ${cause}`);
  if (unreadable !== undefined) {
    tell(
      line`  Written to ${path}. A bot with this folder takes it in when the record can be read, or after a new one was begun (docs/recovery.md).`,
    );
    return;
  }
  tell(
    line`  Written to ${path}. A bot with this folder takes it into the record when Redis is back, before it does anything else; another reports drift.`,
    line`  Redis is away, so nobody knows whether a bot was in the middle of an operation; if so, it may have moved the router shortly before.`,
  );
}
