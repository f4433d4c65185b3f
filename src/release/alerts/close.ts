/** Closes a group by hand: one that would fire forever here, because its end is not reported. */
import type { Actor } from '../actor.ts';
import type { Answer } from '../command.ts';
import { mention } from '../draft.ts';
import { line } from '../line.ts';
import type { AlertGroup } from './alert.ts';
import type { AlertContext } from './context.ts';
import { closedAt } from './unconfigured.ts';
import { offersRevert } from './attribution.ts';
import { quietForMs } from './last-heard.ts';
import { pressed } from './press.ts';
import type { PressParts } from './press.ts';
import { nameOf } from './press-words.ts';

/** Closes a group, for operators and approvers. A later report of it opens it again, as a new firing. */
export function close(
  parts: PressParts,
  id: string,
  actor: Actor,
  marks: readonly string[] = [],
): Promise<Answer> {
  return pressed(parts, { verb: 'close', id, actor, marks }, (group, { now }) => ({
    group: { ...closedAt(group, now), closed: { actor, at: now } },
    told: line`${mention(actor)} closed it without a resolved message. It opens again if it is reported again.`,
    answer: line`close: ${nameOf(group)} is closed; it opens again if it is reported again.`,
    how: ['closed'],
  }));
}

/** Returns true where the message offers Close: when nothing was reported for long, or when it offers no revert. */
export function offersClose(group: AlertGroup, context: AlertContext): boolean {
  if (group.status === 'resolved' || group.dropped) return false;
  return quietForMs(group, context.now) !== undefined || offersRevert(group, context) === undefined;
}
