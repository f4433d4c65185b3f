import type { AlertGroup } from './alert.ts';
import { offersRevert } from './attribution.ts';
import type { AlertContext } from './context.ts';
import { quietForMs } from './last-heard.ts';

/** Returns true where the message offers Close: when nothing was reported for long, or when it offers no revert. */
export function offersClose(group: AlertGroup, context: AlertContext): boolean {
  if (group.status === 'resolved' || group.dropped) return false;
  return quietForMs(group, context.now) !== undefined || offersRevert(group, context) === undefined;
}
