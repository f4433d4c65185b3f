import { actorId } from '../actor.ts';
import { firingFor, notFiring } from '../alert-gate.ts';
import { freezeAt } from '../freeze.ts';
import { plain } from '../line.ts';
import { diffFor } from '../mirror/diff.ts';
import { notDiffering } from '../mirror/diff-gate.ts';
import { lockAt } from '../release.ts';
import type { Code, Promote } from '../release.ts';
import type { StepContext } from './context.ts';
import { openedSince } from './wait-read-only.ts';

/**
 * Checks the gates of a promote that can close between command and switch: lock, freeze, approvals, a critical alert,
 * other answers, a read-only window that was waited in.
 */
export async function closed(
  context: StepContext,
  op: Promote,
): Promise<{ code: Code; cause: string } | undefined> {
  const { record } = context.session.loaded();
  const { settings } = context.configured;
  const now = context.session.now();
  const lock = lockAt(record, now);
  if (lock) return { code: 'locked', cause: `locked by ${actorId(lock.holder)}: ${lock.reason}` };
  const freeze = op.duringFreeze === undefined ? freezeAt(settings.freeze, now) : undefined;
  if (freeze) return { code: 'frozen', cause: `frozen: ${freeze.reason}` };
  if (settings.promotion.approvals > 0 && (!record.request || record.request.expiresAt <= now)) {
    return { code: 'approval-expired', cause: 'the approvals expired before the switch' };
  }
  const opened = openedSince(record, now);
  if (opened !== undefined) return { code: 'router-not-ready', cause: opened };
  const firing = await firingFor(context.parts, record, settings);
  const { service } = record;
  const diff =
    settings.promotion.maxDiff === undefined
      ? undefined
      : await diffFor(context.parts, record, context.configured);
  const refusal = notFiring({ firing, service }, op) ?? notDiffering({ diff, settings, service }, op);
  return refusal && { code: refusal.code, cause: plain(refusal.why).replace(/\.$/, '') };
}
