/** Carries out a revert that came during another operation. See docs/design.md#a-pending-revert. */
import { addHistory, notify, notifyActor, mention } from './draft.ts';
import { describeState } from './gates.ts';
import { line } from './line.ts';
import { advance } from './operation.ts';
import { logOf } from './operation-log.ts';
import { answered } from './mention-again.ts';
import type { Parts } from './parts.ts';
import type { Session } from './session.ts';
import { isReadable, settingsOf } from './parts.ts';
import type { ServiceRecord } from './release.ts';
import { adaptersFor, routersDiffer } from './former-router.ts';
import { deployMayRun } from './outcomes/stage.ts';
import { stopAside } from './steps/stop-deploy.ts';
import { useConfigured } from './unreadable-settings.ts';
import { mayStillCome } from './write-log.ts';
import type { WriteLog } from './write-log.ts';
import { beginRevert } from './verbs/revert.ts';

/**
 * Uses the settings that are configured now. If they name another router than the one that may have been switched,
 * uses the stored settings, where they can be read.
 */
function useRouterOf(parts: Parts, record: ServiceRecord): void {
  const configured = parts.catalog.find(record.service);
  if (configured && routersDiffer(record, configured) && isReadable(parts, record)) return;
  useConfigured(parts, record);
}

/**
 * Turns the pending revert into the operation under way, with the settings that are configured now; if a revert is
 * under way already, adds the force to it.
 */
export async function takePendingRevert(parts: Parts, session: Session, writeLog: WriteLog): Promise<void> {
  const before = logOf(parts.log, session.loaded().record);
  let stopped = false;
  const { record: found } = session.loaded();
  const done = await session.commit(
    (draft) => {
      stopped = false;
      const { pendingRevert } = session.loaded();
      const { record } = draft;
      const { op, service } = record;
      if (!pendingRevert) return undefined;
      answered(record, { verb: 'revert', actor: pendingRevert.actor });
      if (op?.kind === 'revert') {
        if (pendingRevert.force !== undefined) {
          op.force = pendingRevert.force;
          if (op.step === 'check') advance(draft, 'check');
        }
        notify(draft, 'progress', line`${mention(pendingRevert.actor)} joins the revert.`);
        return { takesPendingRevert: pendingRevert.id };
      }
      const { reason, force } = pendingRevert;
      // After a takeover, another process may have written this.
      const late = writeLog.touched && mayStillCome(writeLog);
      stopped = beginRevert(draft, pendingRevert.actor, parts.driver, { reason, force }, late);
      if (stopped) useRouterOf(parts, record);
      else {
        notify(
          draft,
          'event',
          line`The revert asked for by ${mention(pendingRevert.actor)} has nothing to go back to.`,
          {
            of: 'revert',
          },
        );
        notifyActor(
          draft,
          pendingRevert.actor,
          line`${{ code: 'nothing-to-revert-to' }}: ${service} is not reverted: the way back was lost before the revert could start. ${describeState(record)}`,
          { of: 'revert' },
        );
        addHistory(
          draft,
          pendingRevert.actor,
          'refused',
          line`revert: nothing left to go back to`,
          'nothing-to-revert-to',
        );
      }
      return { takesPendingRevert: pendingRevert.id };
    },
    { despite: true },
  );
  if (done !== 'ok' || !stopped) return;
  before.info({}, 'The operation was stopped by a revert');
  if (found.op && deployMayRun(found.op) && isReadable(parts, found))
    stopAside(parts, adaptersFor(parts, found, settingsOf(parts, found)).deploy, found.service, found.op);
}
