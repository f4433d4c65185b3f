/**
 * Operations whose stored settings this process cannot use: a variable that they need is gone after a rollout, a
 * newer version reads them more strictly, or nothing proves that a bot stored them. They can only be ended, without
 * asking router or colors.
 */
import { notify } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Fault } from './fault.ts';
import { leftFor, othersMs } from './leave-to-others.ts';
import { line } from './line.ts';
import { reportEnd, logOf } from './operation-log.ts';
import { revertRefused } from './outcomes/revert-refused.ts';
import { promoteEnded } from './outcomes/promote.ts';
import { stageEnded } from './outcomes/stage.ts';
import { markStuck } from './outcomes/stuck.ts';
import { keepSettings } from './parts.ts';
import type { Parts } from './parts.ts';
import type { Operation, ServiceRecord } from './release.ts';
import type { Session } from './session.ts';

/** Replaces the stored settings by those configured now. Returns false when there are none, or they are the same. */
export function useConfigured({ catalog }: Parts, record: ServiceRecord): boolean {
  const configured = catalog.find(record.service);
  if (!configured || configured.seal === record.seal) return false;
  keepSettings(record, configured);
  return true;
}

/**
 * Ends the operation under way: `interrupted` if it has not written to the router, else `stuck`. A revert continues
 * with the configured settings, as a new one would. Throws `cause` while another replica, which may still read the
 * settings, has time to continue: a short time, or until its deadline for an operation that has written.
 */
export async function endUnreadable(parts: Parts, session: Session, cause: Fault): Promise<void> {
  const { record } = session.loaded();
  const { op } = record;
  if (!op) return;
  if (leftFor(parts, `operation:${op.id}`) < othersMs) throw cause;
  const back = op.kind === 'revert' || op.kind === 'restore';
  if (back && useConfigured(parts, { ...record })) return goOn(parts, session);
  if (op.intentAt !== undefined && session.now() < (op.deadlineAt ?? 0)) throw cause;
  logOf(parts.log, record).error({ err: cause }, 'The settings of an operation cannot be read');
  const why = `the settings stored with it can no longer be read: ${cause.message}`;
  let outcome = 'stuck';
  const done = await session.commit((draft) => {
    if (op.intentAt !== undefined) markStuck(draft, op, why, 'interrupted');
    else outcome = interrupt(draft, op, why, parts.driver);
    return undefined;
  });
  if (done === 'ok') reportEnd({ parts, session }, op, outcome);
}

function interrupt(draft: Draft, op: Operation, why: string, driver: string): string {
  const ending = op.ending ?? { code: 'interrupted' as const, cause: why };
  switch (op.kind) {
    case 'stage':
      stageEnded(draft, { ...op, ending }, undefined);
      break;
    case 'promote':
      promoteEnded(draft, op, ending);
      break;
    case 'revert':
    case 'restore':
      revertRefused(draft, op, ending, driver);
      break;
    default:
      op satisfies never;
  }
  return ending.code;
}

async function goOn(parts: Parts, session: Session): Promise<void> {
  await session.commit((draft) => {
    useConfigured(parts, draft.record);
    notify(
      draft,
      'event',
      line`The settings stored with this can no longer be read. It continues with the configured ones.`,
    );
    return undefined;
  });
}
