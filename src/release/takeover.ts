/** Takes over an operation that another process left. See docs/design.md#takeover. */
import { notify } from './draft.ts';
import { adaptersFor } from './former-router.ts';
import { summarise } from './router-answers.ts';
import { fromNow } from './instant.ts';
import { limits } from './limits.ts';
import { isStale, isUntouched } from './abandoned.ts';
import { mayHaveWritten, noteLate } from './late-writes.ts';
import { line } from './line.ts';
import { switchTimeoutMs } from './operation.ts';
import { logOf } from './operation-log.ts';
import type { Parts } from './parts.ts';
import { settingsOf } from './parts.ts';
import { askRouter } from './ask-router.ts';
import type { Session } from './session.ts';
import { against, noteDrift } from './steps/compare-router.ts';

/**
 * A promote that no process carried on for this long is not switched any more while the router agrees with the
 * record, ms: a person may have moved traffic back meanwhile, by break-glass. The death of a process is noticed
 * sooner.
 */
const abandonedMs = 8_000;
/**
 * Takes over an operation that nothing has worked on for a while, because its process died or was cut off: reports
 * what is found, and decides what is too old to continue. `since`: when a process last worked on it. Resolves to
 * false to look again.
 */
export async function takeOver(parts: Parts, session: Session, since: number): Promise<boolean> {
  const { record, pendingRevert } = session.loaded();
  const configured = settingsOf(parts, record);
  const answers = await askRouter(parts, adaptersFor(parts, record, configured).router);
  const asked = summarise(answers);
  const done = await session.commit(
    (draft, now) => {
      const { op } = draft.record;
      if (!op) return undefined;
      const own = op.driver === parts.driver;
      const age = now - since;
      const untouched = isUntouched(op);
      const at = op.step;
      op.driver = parts.driver;
      const alone = `nobody continued it for ${Math.round(age / 1_000)} s`;
      const drift = (['blue', 'green'] as string[]).includes(asked.heading) && against(draft.record, asked);
      if (untouched && op.ending !== undefined) {
        // Cancelled, or never confirmed: then that is the reason for dropping it, however late.
      } else if (isStale(op, age)) {
        op.ending = { code: 'interrupted', cause: alone };
      } else if (op.kind === 'stage' && drift) {
        // The color that was idle has the traffic now.
        op.ending = drift;
        noteDrift(parts, draft, asked);
      } else if (untouched && op.kind === 'promote') {
        // A wait goes on where it was: everything is checked again after it.
        if (op.step !== 'read-only') op.step = 'ask-router';
      } else if (op.intentAt !== undefined) {
        // The old process may have written until its lease ended.
        noteLate(draft.record, mayHaveWritten(op), since + limits.leaseMs);
        op.deadlineAt = fromNow(switchTimeoutMs(op));
        if (
          op.kind === 'promote' &&
          op.step === 'switch' &&
          age > abandonedMs &&
          !against(draft.record, asked)
        ) {
          op.step = 'undo';
          op.ending = {
            code: 'interrupted',
            cause: `${alone}, and the router still says ${draft.record.live}`,
          };
        }
      }
      const plan = pendingRevert
        ? 'a revert was asked for'
        : op.ending && untouched
          ? 'it is dropped'
          : op.step === 'undo'
            ? 'it is undone'
            : 'it continues';
      const what = own
        ? line`The process that runs this ${op.kind} was cut off at step "${at}", and is back`
        : line`The process that ran this ${op.kind} stopped at step "${at}". Another process took over`;
      notify(
        draft,
        'event',
        line`${what}: the router says ${asked.detail}, the record says live ${draft.record.live}; ${plan}.`,
        draft.record.releases[0] ? {} : { release: null },
      );
      draft.history.push({
        actor: { kind: 'system', rule: 'takeover' },
        what: 'taken-over',
        text: line`the ${op.kind} at step ${at}: the router says ${asked.detail}`,
        release: op.release,
      });
      return undefined;
    },
    { despite: true },
  );
  if (done !== 'ok') return false;
  logOf(parts.log, session.loaded().record).info({ router: asked.detail }, 'An operation was taken over');
  return true;
}
