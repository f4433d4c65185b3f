import type { Command } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, draw, log, tell, who } from '../draft.ts';
import { asPressed, freshPress, needs, somethingToRevertTo, wayBack } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { line } from '../line.ts';
import { openRevert } from '../operation.ts';
import type { Driver } from '../operation.ts';
import { firstRefusal } from '../refusals.ts';
import type { Actor, Operation, ServiceRecord } from '../release.ts';
import type { Draft } from '../draft.ts';
import { dropStaged } from './stage.ts';

/** Opens a revert from wherever the record stands, dropping or interrupting what is under way. */
export function beginRevert(
  draft: Draft,
  actor: Actor,
  driver: Driver,
  text: { reason?: string | undefined; force?: string | undefined },
): boolean {
  const { record } = draft;
  const back = wayBack(record);
  if (!back) return false;
  const was: ServiceRecord['state'] =
    record.state === 'staging' || record.state === 'staged'
      ? 'idle'
      : record.op?.kind === 'revert' || record.op?.kind === 'restore'
        ? record.op.was
        : record.state;
  const interrupted: Operation | undefined = record.op ?? undefined;
  if (record.state === 'staging' || record.state === 'staged') {
    dropStaged(draft, actor, 'interrupted', 'dropped by a revert');
    record.colors[back.color] = {
      role: 'previous',
      version: back.version,
      since: record.colors[back.color].since,
    };
  }
  openRevert(draft, driver, {
    kind: 'revert',
    target: back.color,
    version: back.version,
    actor,
    was,
    ...text,
    interrupted,
  });
  draw(draft);
  const reason = text.force ?? text.reason;
  log(
    draft,
    actor,
    'revert',
    line`${record.service} to ${back.color} ${back.version ?? 'unknown'}${reason === undefined ? '' : `: ${reason}`}${text.force === undefined ? '' : ' (forced)'}`,
  );
  tell(
    draft,
    'progress',
    line`${who(actor)} reverts to ${back.color} ${back.version ?? 'unknown'}${reason === undefined ? '' : `: ${reason}`}`,
  );
  return true;
}

/** `revert <service> [reason]`: looked at first, and gated on as little as possible (SPEC 3.5). */
export function revert(facts: Facts, command: Command & { verb: 'revert' }, driver: Driver): Decision {
  const { record } = facts;
  const refusal = firstRefusal(
    [needs(facts, command, 'operator'), freshPress(facts, command), somethingToRevert(facts)].filter(
      (each) => each !== undefined,
    ),
  );
  if (refusal) return { kind: 'refused', refusal: asPressed(facts, command, refusal) };

  const { op } = record;
  if (op && record.state !== 'stuck') {
    if (op.kind === 'revert' && (command.force === undefined || op.force !== undefined)) {
      return {
        kind: 'joined',
        text: line`revert: ${record.service} is being reverted to ${op.target} already, begun by ${who(op.actor)}.`,
      };
    }
    return {
      kind: 'wish',
      operation: op.id,
      wish: {
        id: crypto.randomUUID(),
        actor: command.actor,
        ...(command.reason !== undefined && { reason: command.reason }),
        ...(command.force !== undefined && { force: command.force }),
      },
      text: line`revert: ${record.service} goes back; the running ${op.kind} is stopped.`,
    };
  }
  const draft = draftOf(record);
  if (facts.configured) {
    draft.record.settings = facts.raw;
    draft.record.digest = facts.digest;
  }
  beginRevert(draft, command.actor, driver, { reason: command.reason, force: command.force });
  const target = draft.record.op?.target ?? record.live;
  return {
    kind: 'change',
    draft,
    drives: true,
    text: line`revert: ${record.service} is going back to ${target} ${draft.record.op?.version ?? 'unknown'}.`,
  };
}

/** During a revert there is nothing to look for: a second one joins it. */
function somethingToRevert(facts: Facts): ReturnType<typeof somethingToRevertTo> {
  return facts.record.state === 'reverting' ? undefined : somethingToRevertTo(facts);
}
