/** `retry`: gets a service going again when router and record disagree; `adopt` takes the router's side instead. */
import type { Actor } from '../actor.ts';
import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, showStep, notify, mention } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { notFrozen, notLocked } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { formatDuration } from '../duration.ts';
import { fromNow } from '../instant.ts';
import { isStale } from '../abandoned.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import { moveTo } from '../machine.ts';
import { openRevert, switchTimeoutMs } from '../operation.ts';
import type { Driver } from '../operation.ts';
import type { Refusal } from '../refusals.ts';
import { subjectOf } from '../release.ts';
import type { Operation } from '../release.ts';
import { outcomeOf } from '../state-gate.ts';
import type { Definition } from './verb.ts';

/** Gets a service going again, with what the record says. */
export type RetryCommand = BaseCommand<'retry'>;

/** `retry <service>`. */
export const retry: Definition<RetryCommand> = {
  name: 'retry',
  usage: 'retry <service>',
  summary: 'Try again what is stuck, put the router back after drift, or continue what no process works on.',
  examples: ['retry checkout'],
  roles: ['operator'],
  // Whether a stuck promote continues despite a freeze is an admin's decision.
  alsoAsks: ['admin'],
  options: {},
  begins: 'restore',
  needs: ['router'],
  acts: () => true,
  gates,
  change,
};

/** Applies the gates of a promote to its retry, however long it was stuck. Only an admin may override a freeze. */
function gates(facts: Facts, command: RetryCommand): (Refusal | undefined)[] {
  const { op } = facts.record;
  if (op?.kind !== 'promote' || outcomeOf(facts, command) === 'stays') return [];
  return [notLocked(facts), notFrozen(facts, facts.roles.has('admin') ? op.duringFreeze : undefined)];
}

/**
 * Resumes a stuck operation from its checks on: their first results may be hours old. That it has written to the
 * router stays noted (`intentAt`).
 */
function tryAgain(draft: Draft, facts: Facts, actor: Actor, driver: Driver): void {
  const { op } = draft.record;
  if (!op) return;
  op.driver = driver;
  op.actor = actor;
  op.deadlineAt = fromNow(switchTimeoutMs(op));
  delete op.ending;
  const release = subjectOf(draft.record);
  if (op.kind === 'promote') {
    op.step = 'check';
    // An alert may fire because the operation is stuck.
    op.whileFiring ??= 'tried again';
    // Nothing is compared while it is stuck.
    op.despiteDiff ??= 'tried again';
    if (!facts.roles.has('admin')) delete op.duringFreeze;
    moveTo(draft.record, 'promoting', release);
    showStep(draft, 'health', 'doing');
  } else {
    op.step = 'ask-router';
    moveTo(draft.record, 'reverting', op.kind === 'revert' ? release : null);
  }
}

/** Resumes what its process left `leftMs` ago: the process that takes the lease carries it on or ends it. */
function goOn(facts: Facts, command: RetryCommand, leftMs: number): Decision {
  const draft = draftOf(facts.record);
  const { service, op } = facts.record;
  addHistory(
    draft,
    command.actor,
    'retry',
    line`the ${op?.kind ?? 'operation'} of ${service}, which nobody continued`,
  );
  return {
    kind: 'change',
    draft,
    drives: true,
    text: op ? goesOn(service, op, leftMs) : line`retry: it continues.`,
  };
}

/** Says what happens to it, as when a bot finds it. */
function goesOn(service: string, op: Operation, leftMs: number): Line {
  const what = line`retry: the ${op.kind} of ${service}`;
  if (isStale(op, leftMs))
    return line`${what} was left ${formatDuration(leftMs)} ago and is too old to continue: it ends. You can start it again.`;
  if (op.ending !== undefined) return line`${what} is ended, as requested before.`;
  if (op.kind === 'promote' && op.intentAt !== undefined)
    return line`${what} had started to switch: it is completed or undone, as the router says.`;
  return line`${what} continues.`;
}

/**
 * Decides `retry <service>`. Left by its process: carries it on. Stuck: tries it again. Drift: puts the router back.
 */
function change(facts: Facts, command: RetryCommand, driver: Driver): Decision {
  const { record } = facts;
  if (outcomeOf(facts, command) === 'stays') return goOn(facts, command, facts.unheldMs ?? 0);
  const draft = draftOf(record);
  const next = draft.record;
  addHistory(draft, command.actor, 'retry', line`${record.service}`);
  if (next.state === 'stuck' && next.op) {
    tryAgain(draft, facts, command.actor, driver);
    markCard(draft);
    notify(draft, 'event', line`${mention(command.actor)} tries the ${next.op.kind} again.`);
    return {
      kind: 'change',
      draft,
      drives: true,
      text: line`retry: the ${next.op.kind} of ${record.service} is tried again.`,
    };
  }
  const live = next.colors[next.live];
  openRevert(draft, driver, {
    kind: 'restore',
    target: next.live,
    version: live.version,
    actor: command.actor,
    was: next.state,
  });
  markCard(draft);
  notify(
    draft,
    'event',
    line`${mention(command.actor)} puts the router of ${record.service} back to ${next.live}.`,
    record.releases[0] ? {} : { release: null },
  );
  return {
    kind: 'change',
    draft,
    drives: true,
    text: line`retry: the router of ${record.service} is put back to ${next.live} ${live.version ?? 'unknown'}.`,
  };
}
